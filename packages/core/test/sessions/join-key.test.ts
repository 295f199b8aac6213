import { expect } from 'chai';
import { createJoinKeys } from '../../src/sessions/index.ts';

const id = 'faithful-shepherd-427';
const keys = createJoinKeys('a-key-for-tests-of-32-characters');

describe('Join keys', () => {
  it('are ten characters that fit a URL, the same each time, by whichever instance', () => {
    expect(keys.joinKeyOf(id)).to.match(/^[\w-]{10}$/);
    expect(createJoinKeys('a-key-for-tests-of-32-characters').joinKeyOf(id)).to.equal(keys.joinKeyOf(id));
  });

  it('are those of one session ID, in one environment', () => {
    expect(keys.joinKeyOf('faithful-shepherd-428')).to.not.equal(keys.joinKeyOf(id));
    expect(createJoinKeys('another-key-of-32-characters-too').joinKeyOf(id)).to.not.equal(keys.joinKeyOf(id));
  });

  it('are accepted for their own session ID alone', () => {
    expect(keys.isJoinKeyOf(id, keys.joinKeyOf(id))).to.equal(true);
    expect(keys.isJoinKeyOf('faithful-shepherd-428', keys.joinKeyOf(id))).to.equal(false);
  });

  it('are refused when they are missing, cut off, too long, or not text of one byte a character', () => {
    const right = keys.joinKeyOf(id);
    for (const wrong of [
      undefined,
      '',
      right.slice(0, 9),
      `${right}A`,
      'ä'.repeat(10),
      'ä'.repeat(5),
      right.slice(1),
    ]) {
      expect(keys.isJoinKeyOf(id, wrong), String(wrong)).to.equal(false);
    }
  });
});
