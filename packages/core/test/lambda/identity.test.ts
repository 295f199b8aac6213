import { expect } from 'chai';
import { identityOf } from '../../src/lambda/index.ts';
import { messageEvent } from '../support/events.ts';

/** What a function sees of a connection for which the authorizer returned this. */
const identityWith = (authorizer?: Record<string, unknown>) => {
  const { requestContext } = messageEvent({ route: 'createSession' });
  return identityOf({ requestContext: { ...requestContext, ...(authorizer && { authorizer }) } });
};

describe('identityOf', () => {
  it('is a speaker with the time at which the token expires, in milliseconds', () => {
    expect(identityWith({ userId: 'user-1', tokenExpiresAt: '1764000000' })).to.deep.equal({
      kind: 'speaker',
      userId: 'user-1',
      tokenExpiresAt: 1_764_000_000_000,
    });
  });

  it('is anonymous without an authorizer, without a user, and for a user that is no text', () => {
    for (const authorizer of [undefined, {}, { principalId: 'anonymous' }, { userId: '' }, { userId: 7 }]) {
      expect(identityWith(authorizer)).to.deep.equal({ kind: 'anonymous' });
    }
  });

  it('is unchecked where the keys could not be fetched, whatever else there is', () => {
    for (const more of [{}, { userId: 'user-1', tokenExpiresAt: '1764000000' }]) {
      expect(identityWith({ tokenCheck: 'unavailable', ...more })).to.deep.equal({ kind: 'unchecked' });
    }
  });

  it('trusts no token without a readable expiry', () => {
    for (const tokenExpiresAt of [undefined, 'never', 'Infinity', 'NaN']) {
      expect(identityWith({ userId: 'user-1', tokenExpiresAt })).to.include({ kind: 'speaker', tokenExpiresAt: 0 });
    }
  });
});
