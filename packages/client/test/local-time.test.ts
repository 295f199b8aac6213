import { type LocalStack, type LocalStackOptions, startLocalStack } from '@sessions/local';
import { expect } from 'chai';
import WebSocket from 'ws';
import { leaveOutWhenFast } from '../../../scripts/tools/need-tools.ts';
import { connectSpeaker, joinAsListener, type Listener, type Speaker, type StateChange } from '../src/index.ts';
import { STACK_FILE } from './support/world.ts';

const HOUR_MS = 3_600_000;

/** A client, and what became of it. */
interface Watched {
  readonly client: Speaker | Listener;
  /** The states that it went through. */
  readonly path: string[];
}

describe('Clients of a local stack whose time is compressed', function () {
  this.timeout(120_000);
  let stack: LocalStack | undefined;
  const clients: Watched[] = [];

  before(function () {
    leaveOutWhenFast(this, 'hours of compressed time');
  });
  const watchers = new Set<() => void>();
  let sweeps = 0;

  const changed = () => {
    for (const look of watchers) look();
  };

  /** Resolves when the condition holds; rejects as soon as it is over for a client. */
  const until = (condition: () => boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = () => {
        const over = clients.find(({ client }) => ['ended', 'failed'].includes(client.state));
        if (!over && !condition()) return;
        watchers.delete(look);
        if (over) reject(new Error(`It is over for a client: ${over.path.join(', ')}`));
        else resolve();
      };
      watchers.add(look);
      look();
    });

  function watch<Client extends Speaker | Listener>(client: Client): Client {
    const path: string[] = [];
    clients.push({ client, path });
    const changedTo = ({ to, reason }: StateChange) => {
      path.push(`${to} (${reason})`);
      changed();
    };
    if ('end' in client) client.on('statechange', changedTo);
    else client.on('statechange', changedTo);
    return client;
  }

  /** The real service, whose schedule runs by its clock; a speaker; and listeners. None of them is told of the time. */
  async function start(options: Partial<LocalStackOptions>): Promise<{ stack: LocalStack; speaker: Speaker }> {
    sweeps = 0;
    const started = await startLocalStack({
      ...options,
      stackFile: STACK_FILE,
      onSchedule: () => {
        sweeps++;
        changed();
      },
    });
    stack = started;
    const url = started.webSocketUrl;
    const getToken = () => started.tokens.issueToken({ username: 'ruth' });
    const speaker = watch(await connectSpeaker({ url, WebSocket, getToken, sourceLanguage: 'en' }));
    for (const targetLanguage of ['es', 'fr', 'ko']) {
      watch(await joinAsListener({ url, WebSocket, sessionId: speaker.sessionId, targetLanguage }));
    }
    return { stack: started, speaker };
  }

  const refreshes = ({ path }: Watched): number => path.filter((state) => state.startsWith('live (refreshed')).length;

  afterEach(async () => {
    for (const { client } of clients.splice(0)) await ('end' in client ? client.end() : client.leave());
    await stack?.stop();
    watchers.clear();
  });

  it('keep their places at 20 seconds a second, with the settings of every deployment', async () => {
    const { speaker } = await start({ timeScale: 20 });

    // A minute each. A connection that is silent for 90 seconds is closed by one of them.
    await until(() => sweeps === 5);

    expect((await speaker.getStatus()).listenerCount).to.equal(3);
    expect(clients.map(({ path }) => path)).to.deep.equal([[], [], [], []]);
    // By this machine's clock: before the two hours are over, which take six minutes here.
    const { openedAt = 0, refreshAt = 0 } = speaker.connection ?? {};
    expect(refreshAt - openedAt).to.be.within(1, (2 * HOUR_MS) / 20);
  });

  it('come through the limit of two hours again and again, also when the scale changes', async () => {
    // As seldom as the service allows: the test is to show who follows whose time, and not how fast this machine is.
    const variables = {
      heartbeat_interval_seconds: '540',
      heartbeat_timeout_seconds: '1300',
      speaker_grace_seconds: '600',
    };
    const { stack, speaker } = await start({ variables });
    const startedAtMs = stack.clock.nowMs();
    await speaker.getStatus();

    stack.clock.setScale(600);
    await until(() => clients.every((client) => refreshes(client) >= 2));
    stack.clock.setScale(300);
    await until(() => clients.every((client) => refreshes(client) >= 3));
    stack.clock.setScale(1);

    expect(stack.clock.nowMs() - startedAtMs).to.be.above(5 * HOUR_MS);
    const { listenerCount, state } = await speaker.getStatus();
    expect({ listenerCount, state }).to.deep.equal({ listenerCount: 3, state: 'active' });
  });
});
