import { expect } from 'chai';
import { type System, startSystem } from '../../src/index.ts';

const MINUTE_MS = 60_000;

/**
 * Defect 14. The token was looked at when the connection was opened, and never again: one of 60 minutes created a session
 * after 64.
 */
describe('a connection whose token has expired', () => {
  let system: System;
  afterEach(() => system.stop());

  it('creates no session; one with a fresh token does', async () => {
    // The connection is older than API Gateway would let an idle one become.
    system = await startSystem({}, { limits: { idleTimeoutMs: 120 * MINUTE_MS } });
    const token = await system.token({ username: 'korah', expiresInSeconds: 3600 });
    const speaker = await system.connect({ token });
    system.stack.clock.advance(64 * MINUTE_MS);
    const create = { action: 'createSession', sourceLanguage: 'en' };
    expect(await speaker.request(create)).to.include({ type: 'error', code: 'TOKEN_EXPIRED' });
    expect(await system.sessions()).to.deep.equal([]);

    const fresh = await system.speaker('korah');
    expect(await fresh.request(create)).to.include({ type: 'sessionCreated' });
  });
});
