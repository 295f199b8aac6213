/**
 * One server to be measured, in a process of its own: `server-process.ts <subject> [<stack file>]`. Needs
 * `--expose-gc`, so that what is measured is memory in use and not garbage.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { startLocalStack } from '../../../packages/local/src/index.ts';
import { startRawEcho } from '../../../packages/local/test/fixtures/raw-echo.ts';
import { answerParent } from './child.ts';
import type { Exchange } from './client-process.ts';
import { LightSocket, textFrame } from './light-socket.ts';

export type SubjectName = 'raw' | 'echo' | 'heartbeat';

/** How a client uses the server. */
export interface Access {
  readonly url: string;
  readonly exchange: Exchange;
  /** What each connection says first, before it exchanges anything. */
  readonly first?: Exchange;
}

/** Bytes. */
export interface Memory {
  readonly rss: number;
  /** of the main thread: the gateway's, without the functions' */
  readonly heapUsed: number;
}

interface Server {
  readonly access: Access;
  /** Connections whose beginning or end is not dealt with yet count too. */
  openConnections(): number;
  stop(): Promise<void>;
}

/** Everything that would refuse a load test, as high as it goes. */
const UNLIMITED = {
  rate_limit_heartbeats_per_min: '6000',
  rate_limit_connection_attempts_per_min: '100000',
  max_listeners_per_session: '10000',
  stage_throttle_rate_limit: '100000',
  stage_throttle_burst_limit: '100000',
};

const ECHO: Exchange = { message: '{"action":"heartbeat","sentAt":1}', expects: '{"action":"heartbeat","sentAt":1}' };
const HEARTBEAT: Exchange = { message: '{"action":"heartbeat","sentAt":1}', expects: '"type":"heartbeatAck"' };

async function start(subject: string, stackFile = ''): Promise<Server> {
  switch (subject) {
    case 'raw': {
      const server = await startRawEcho();
      return { ...server, access: { url: server.url, exchange: ECHO } };
    }
    case 'echo':
      return startStack(stackFile, {}, async (url) => ({ url, exchange: ECHO }));
    default:
      return startStack(stackFile, UNLIMITED, async (url, token) => {
        const sessionId = await createSession(url, await token());
        const message = JSON.stringify({ action: 'joinSession', sessionId, targetLanguage: 'es' });
        return { url, exchange: HEARTBEAT, first: { message, expects: '"type":"sessionJoined"' } };
      });
  }
}

async function startStack(
  stackFile: string,
  variables: Readonly<Record<string, string>>,
  accessOf: (url: string, token: () => Promise<string>) => Promise<Access>,
): Promise<Server> {
  let ending = 0;
  let stopping = false;
  const stack = await startLocalStack({
    stackFile,
    variables,
    schedules: 'manual',
    // A function that fails makes its server fast.
    onInvocation: ({ functionName, outcome }) => {
      if (outcome.kind !== 'returned' && !stopping) console.error(functionName, outcome);
    },
    gateway: { onDisconnect: () => ending++, onDisconnectDelivered: () => ending-- },
  });
  const hasDisconnectRoute = stack.stack.apis.some(({ routes }) => routes.has('$disconnect'));
  return {
    access: await accessOf(stack.webSocketUrl, () => stack.tokens.issueToken({ username: 'speaker' })),
    openConnections: () => stack.gateway.connections().length + (hasDisconnectRoute ? ending : 0),
    stop() {
      stopping = true;
      return stack.stop();
    },
  };
}

/** The speaker stays connected for as long as this process lives. @returns the session's id */
async function createSession(url: string, token: string): Promise<string> {
  const speaker = await LightSocket.open(url, ['session.v1', `bearer.${token}`]);
  const created = new Promise<string>((resolve, reject) => {
    speaker.onText = (payload) => {
      const { sessionId } = JSON.parse(payload.toString()) as { sessionId?: string };
      if (sessionId === undefined) reject(new Error(`No session: ${payload.toString()}`));
      else resolve(sessionId);
    };
  });
  speaker.send(textFrame(JSON.stringify({ action: 'createSession', sourceLanguage: 'en' })));
  return created;
}

const [subject = '', stackFile] = process.argv.slice(2);
const starting = start(subject, stackFile);
// Reported by the first command.
starting.catch(() => {});
let connectionsAtStart = 0;

const commands = {
  async access(): Promise<Access> {
    const server = await starting;
    connectionsAtStart = server.openConnections();
    return server.access;
  },
  /** Waits until every client that has gone is dealt with. */
  async settled(): Promise<void> {
    const server = await starting;
    while (server.openConnections() > connectionsAtStart) await delay(5);
  },
  /** Of all threads since the process began, milliseconds: says more than time does on a machine that is shared. */
  async cpuMs(): Promise<number> {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
  async memory(): Promise<Memory> {
    for (let pass = 0; pass < 3; pass++) {
      globalThis.gc?.();
      await delay(50);
    }
    const { rss, heapUsed } = process.memoryUsage();
    return { rss, heapUsed };
  },
};

export type ServerCommands = typeof commands;

answerParent(commands, async () => (await starting).stop());
