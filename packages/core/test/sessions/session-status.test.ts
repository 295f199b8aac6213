import { expect } from 'chai';
import { listenersByLanguage, statusOf, takenPlaces } from '../../src/sessions/session-status.ts';
import { sampleSession, sampleShard } from '../support/samples.ts';

const shards = [
  sampleShard({ taken: 3, languages: { fr: 2, de: 1 } }),
  sampleShard({ placeShard: '1000000#1', taken: 2, languages: { de: 1, ar: 1, es: 0 } }),
];

describe('The status of a session', () => {
  it('adds up its shards, and lists only languages that somebody hears, in the order of their codes', () => {
    expect(takenPlaces(shards)).to.equal(5);
    expect(JSON.stringify(listenersByLanguage(shards))).to.equal('{"ar":1,"de":2,"fr":2}');
    expect(listenersByLanguage([])).to.deep.equal({});
  });

  it('lasts in whole seconds, and never less than none', () => {
    expect(statusOf({ session: sampleSession(), shards }, 1_001_999).durationSeconds).to.equal(1);
    expect(statusOf({ session: sampleSession(), shards }, 999_000).durationSeconds).to.equal(0);
  });
});
