import { expect } from 'chai';
import { type System, startSystem } from '../src/index.ts';

/** More refusals than a connection may have in a minute (60): by then it is closed. */
const MAX_REFUSALS = 70;

describe('a listener that sends what only a speaker may, again and again,', () => {
  let system: System;
  before(async () => {
    system = await startSystem();
  });
  after(() => system.stop());

  for (const action of ['endSession', 'getSessionStatus'] as const) {
    it(`as ${action}: is answered, then closed, and has no place any more`, async () => {
      const { sessionId } = await system.broadcast(`speaker-of-${action}`);
      const listener = await system.joined(sessionId, 'es');

      const codes: string[] = [];
      while (codes.length < MAX_REFUSALS && codes.at(-1) !== 'RATE_LIMIT_EXCEEDED') {
        const reply = await listener.request({ action });
        codes.push('code' in reply ? reply.code : reply.type);
      }
      await listener.closed;

      expect(codes.at(-1)).to.equal('RATE_LIMIT_EXCEEDED');
      expect(await system.session(sessionId)).to.deep.include({ listenerCount: 0 });
      expect(await system.listenersOf(sessionId)).to.deep.equal([]);
    });
  }
});

describe('a message to more listeners than one invocation sends it to', () => {
  let system: System;
  before(async () => {
    system = await startSystem({ max_listeners_per_session: '2000' });
  });
  after(() => system.stop());

  it('is shared out, and its receipt adds up', async () => {
    const { sessionId, speaker } = await system.broadcast('nimrod');
    // Without sockets: each of them is gone.
    await system.storeSilentListeners(sessionId, 1010);

    const receipt = await speaker.ask('messagePublished', { action: 'publish', to: 'es', data: 'to many' });

    expect(receipt).to.include({ delivered: 0, gone: 1010, failed: 0 });
  });
});
