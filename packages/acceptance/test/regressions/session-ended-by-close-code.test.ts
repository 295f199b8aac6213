import { ApiGatewayManagementApi } from '@aws-sdk/client-apigatewaymanagementapi';
import { expect } from 'chai';
import { type Client, type System, startSystem } from '../../src/index.ts';

/**
 * Defect 16. Whether a closed connection ended its session hung on close codes that AWS does not confirm: on an emulator
 * that reports an operator's DELETE as 1005, it ended the session. Only a goodbye that the client sent ends one now.
 */
describe('the end of a speaker’s connection', () => {
  let system: System;
  before(async () => {
    system = await startSystem();
  });
  after(() => system.stop());

  const ends: Record<string, { end: (speaker: Client) => Promise<unknown>; state: string }> = {
    'closed by the client with 1000: a goodbye': { end: (speaker) => speaker.close(1000), state: 'ended' },
    'closed by the client without a code (1005)': { end: (speaker) => speaker.close(), state: 'interrupted' },
    'closed by the client with a code of its own': { end: (speaker) => speaker.close(4000), state: 'interrupted' },
    'cut (1006)': { end: (speaker) => speaker.cut(), state: 'interrupted' },
    'closed by an operator’s DELETE': {
      end: async (speaker) => {
        const { endpoint, credentials, stack, stage } = system.stack;
        const management = new ApiGatewayManagementApi({
          endpoint: `${endpoint}/${stage}`,
          credentials,
          region: stack.region,
        });
        await management.deleteConnection({ ConnectionId: system.connectionIdOf(speaker) });
        management.destroy();
        await speaker.closed;
      },
      state: 'interrupted',
    },
    'closed by the sweeper, for its silence': {
      end: async (speaker) => {
        await system.silence(speaker);
        await system.sweep();
        await speaker.closed;
      },
      state: 'interrupted',
    },
  };

  for (const [name, { end, state }] of Object.entries(ends)) {
    it(`${name}: the session is ${state}`, async () => {
      const { sessionId, speaker } = await system.broadcast(`speaker-${name.length}`);
      await end(speaker);
      await system.settled();
      expect(await system.session(sessionId)).to.include({ state });
    });
  }
});
