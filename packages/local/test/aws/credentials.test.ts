import { expect } from 'chai';
import { createCredentialStore } from '../../src/aws/credentials.ts';
import { lambdaFunction } from '../fixtures/functions.ts';

describe('The credentials of instances', () => {
  it('count for a while after the end of an instance, and are then forgotten', () => {
    const store = createCredentialStore();
    const fn = lambdaFunction({ name: 'worker' });
    const lasting = store.ofInstance(fn, 'worker#0').accessKeyId;
    const keys: string[] = [];
    for (let number = 1; number <= 101; number++) {
      keys.push(store.ofInstance(fn, `worker#${number}`).accessKeyId);
      store.retire(`worker#${number}`);
    }

    expect([keys[0], keys[1], lasting].map((key) => store.callerOf(key ?? '')?.instanceId)).to.deep.equal([
      undefined,
      'worker#2',
      'worker#0',
    ]);
    expect(store.credentialsOf(keys[0] ?? '')).to.equal(undefined);
  });
});
