import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { open, readPlanKey, seal } from '../../../scripts/production/seal.ts';

describe('the seal of a plan', () => {
  const key = randomBytes(32);
  const content = Buffer.from('a plan with the value hunter2');

  it('hides it, in another way each time, and opens with its key', () => {
    const sealed = seal(content, key);

    expect(sealed.includes('hunter2')).to.equal(false);
    expect(seal(content, key).equals(sealed)).to.equal(false);
    expect(open(sealed, key).equals(content)).to.equal(true);
  });

  it('breaks when any byte is another, and does not open with another key', () => {
    const sealed = seal(content, key);
    for (const at of sealed.keys()) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => open(changed, key), `byte ${at}`).to.throw(/is no plan|or was changed since/);
    }
    expect(() => open(sealed, randomBytes(32))).to.throw('it was sealed with another PLAN_KEY, or was changed since');
    expect(() => open(sealed.subarray(0, 30), key)).to.throw('it is no plan that `npm run plan:prod` wrote');
  });

  it('takes a key of 32 bytes in base64 alone, and does not show it', () => {
    expect(readPlanKey(`${key.toString('base64')}\n`).equals(key)).to.equal(true);
    expect(() => readPlanKey('')).to.throw(/^PLAN_KEY is missing: set it to what `openssl rand -base64 32` prints/);
    for (const wrong of ['correct horse', randomBytes(16).toString('base64'), key.toString('hex')]) {
      expect(() => readPlanKey(wrong))
        .to.throw(/^PLAN_KEY is not 32 bytes in base64: /)
        .with.property('message')
        .that.does.not.include(wrong);
    }
  });
});
