import { createHmac, createPublicKey } from 'node:crypto';
import { expect } from 'chai';
import { addSecret, HandshakeRefusedError, type System, startSystem } from '../src/index.ts';

const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a token', () => {
  let system: System;
  before(async () => {
    system = await startSystem();
  });
  after(() => system.stop());

  it('as a subprotocol lets its speaker in, and stays out of the answer', async () => {
    const speaker = await system.speaker('moses');
    expect(speaker.socket.protocol).to.equal('session.v1');
    expect(await speaker.request({ action: 'createSession', sourceLanguage: 'en' })).to.include({
      type: 'sessionCreated',
    });
  });

  it('in the query string does, too', async () => {
    const token = await system.token({ username: 'aaron' });
    const speaker = await system.connect({ query: { token }, protocols: [] });
    expect(speaker.socket.protocol).to.equal('');
    expect(await speaker.request({ action: 'createSession', sourceLanguage: 'en' })).to.include({
      type: 'sessionCreated',
    });
  });

  it('is not needed by a listener, with the subprotocol or without', async () => {
    expect((await system.connect({ protocols: ['session.v1'] })).socket.protocol).to.equal('session.v1');
    expect((await system.connect({ protocols: [] })).socket.protocol).to.equal('');
  });

  const bad: Record<string, () => Promise<string>> = {
    'that has expired': () => system.token({ username: 'korah', expiresInSeconds: -60 }),
    'of another issuer': () =>
      system.token({
        username: 'korah',
        overrides: { iss: 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_OTHER' },
      }),
    'of another client': () => system.token({ username: 'korah', clientId: 'another' }),
    'that is an ID token': () => system.token({ username: 'korah', tokenUse: 'id' }),
    'without an expiry': () => system.token({ username: 'korah', overrides: { exp: undefined } }),
    'without a user': () => system.token({ username: 'korah', overrides: { sub: undefined } }),
    'with an unknown key': () => system.token({ username: 'korah', header: { kid: 'unknown' } }),
    'not valid yet': () =>
      system.token({ username: 'korah', overrides: { nbf: Math.floor(Date.now() / 1000) + 3600 } }),
    'with alg none': async () => {
      const [, payload] = (await system.token({ username: 'korah' })).split('.');
      return `${base64url({ alg: 'none', typ: 'JWT' })}.${payload}.`;
    },
    'signed by HS256 with the public key': async () => {
      const [jwk] = system.stack.tokens.jwks.keys;
      const pem = createPublicKey({ key: jwk as never, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
      const [, payload] = (await system.token({ username: 'korah' })).split('.');
      const signed = `${base64url({ alg: 'HS256', typ: 'JWT', kid: jwk?.kid })}.${payload}`;
      return `${signed}.${createHmac('sha256', pem).update(signed).digest('base64url')}`;
    },
    'with a changed payload': async () => {
      const [header, payload = '', signature] = (await system.token({ username: 'korah' })).split('.');
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
      return `${header}.${base64url({ ...claims, sub: 'somebody-else' })}.${signature}`;
    },
    'with a changed signature': async () => {
      const token = await system.token({ username: 'korah' });
      const last = token.slice(-20, -19) === 'A' ? 'B' : 'A';
      return token.slice(0, -20) + last + token.slice(-19);
    },
    'that is empty': async () => '',
    'that is garbage': async () => 'garbage',
    'of three garbage parts': async () => 'a.b.c',
  };
  for (const [name, make] of Object.entries(bad)) {
    it(`${name} is refused, in either place, and does not become a listener`, async () => {
      const token = await make();
      if (token.length > 20) addSecret('bad token', token);
      const attempts = [{ protocols: ['session.v1', `bearer.${token}`] }, { protocols: [], query: { token } }];
      for (const attempt of attempts) {
        const error = await system.connect(attempt).then(
          () => undefined,
          (reason: unknown) => reason,
        );
        expect(error).to.be.instanceOf(HandshakeRefusedError);
        expect(error).to.have.property('statusCode', 401);
      }
    });
  }
});
