import { expect } from 'chai';
import { type Client, type System, startSystem } from '../../src/index.ts';

const isInternalServerError = (message: object) => !('type' in message);

/**
 * Defect 5. A listener's refresh that died between its two writes lost the place: neither connection was in the index,
 * heartbeats were still acknowledged, and a newcomer took the place.
 */
describe("a listener's refresh that dies", () => {
  let system: System;
  afterEach(() => system.stop());

  for (const moment of ['before', 'after'] as const) {
    it(`${moment} any of its calls leaves the place with exactly one of the two connections`, async () => {
      system = await startSystem({ max_listeners_per_session: '1' });
      const { sessionId } = await system.broadcast('zipporah');
      let holder = await system.joined(sessionId, 'es');
      for (let call = 1; ; call++) {
        const next = await system.listener();
        const refresh = {
          action: 'refreshConnection',
          sessionId,
          role: 'listener',
          previousConnectionId: system.connectionIdOf(holder),
        };
        await system.faults({
          call: { service: 'dynamodb', function: '*-refresh' },
          nth: call,
          do: { kill: moment },
        });
        const reply = next.request(refresh);
        const died = next.take(isInternalServerError).then(() => 'died' as const);
        const outcome = await Promise.race([reply, died]);
        reply.catch(() => {});
        died.catch(() => {});
        await system.stack.faults.clear();
        if (outcome !== 'died') {
          // It has no such call any more: all of them have been tried.
          expect(outcome).to.include({ type: 'connectionRefreshComplete' });
          expect(call).to.be.above(2);
          return;
        }
        const [holding, ...others] = await system.listenersOf(sessionId);
        expect(others).to.deep.equal([]);
        const all: readonly Client[] = [holder, next];
        const owner = all.find((client) => system.connectionIdOf(client) === holding?.connectionId);
        await owner?.ask('heartbeatAck', { action: 'heartbeat' });
        const newcomer = await system.listener();
        const join = { action: 'joinSession', sessionId, targetLanguage: 'fr' };
        expect(await newcomer.request(join)).to.include({ code: 'SESSION_FULL' });
        expect(await system.session(sessionId)).to.include({ listenerCount: 1 });

        // The client, which heard nothing, asks again.
        expect(await next.request(refresh)).to.include({ type: 'connectionRefreshComplete', targetLanguage: 'es' });
        expect((await system.listenersOf(sessionId)).map(({ connectionId }) => connectionId)).to.deep.equal([
          system.connectionIdOf(next),
        ]);
        holder = next;
      }
    });
  }
});
