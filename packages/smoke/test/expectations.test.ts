import { expect } from 'chai';
import { aNewConnectionId, aSessionId, aTimeOfNow, detailsAbout, differences } from '../src/expectations.ts';

describe('A message as it should be', () => {
  const sessionId = 'faithful-shepherd-427';

  it('has every field, and no other', () => {
    const expected = { type: 'sessionJoined', sessionId: aSessionId, listenerCount: 3 };

    expect(differences({ type: 'sessionJoined', sessionId, listenerCount: 3 }, expected)).to.deep.equal([]);
    expect(differences({ type: 'sessionJoined', sessionId: 'x', listenerCount: 4, secret: 1 }, expected)).to.deep.equal(
      [
        'sessionId is "x", and should be a session ID',
        'listenerCount is 4, and should be 3',
        'secret is 1, and should not be there',
      ],
    );
    expect(differences({ type: 'sessionJoined', sessionId }, expected)).to.deep.equal([
      'listenerCount is missing, and should be 3',
    ]);
  });

  it('counts time in milliseconds', () => {
    expect(aTimeOfNow.matches(Date.now())).to.equal(true);
    expect(aTimeOfNow.matches(Math.floor(Date.now() / 1000))).to.equal(false);
    expect(aTimeOfNow.matches(new Date().toISOString())).to.equal(false);
  });

  it('names a connection that nobody has had, and the field that was wrong', () => {
    expect(aNewConnectionId(new Set(['a'])).matches('b')).to.equal(true);
    expect(aNewConnectionId(new Set(['a'])).matches('a')).to.equal(false);
    const details = [{ field: 'targetLanguage', problem: 'must be a language code' }];
    expect(detailsAbout('targetLanguage').matches(details)).to.equal(true);
    expect(detailsAbout('sessionId').matches(details)).to.equal(false);
    expect(detailsAbout(undefined).matches([{ problem: 'not JSON' }])).to.equal(true);
    expect(detailsAbout(undefined).matches(undefined)).to.equal(false);
  });
});
