import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import WebSocket from 'ws';
import { leaveOutWhenFast } from '../../../../scripts/tools/need-tools.ts';
import { startDynamoDb } from '../../../local/src/dynamodb/dynamodb.ts';
import { copyCheckout, removeCheckouts } from './checkout.ts';
import { endAll, npmStart } from './npm-start.ts';

const KILLS = 5;
/** Sessions, and listeners of each, that are made at the same time. */
const [SPEAKERS, LISTENERS] = [4, 2];
const LIMIT_MS = 180_000;
/** One address opens more connections than any user's, and one user more sessions. */
const VARIABLES = [
  'rate_limit_sessions_per_hour=100000',
  'rate_limit_connection_attempts_per_min=100000',
  'rate_limit_wrong_ids_per_min=100000',
].flatMap((text) => ['--var', text]);

/** What clients were told that they have. */
interface Acknowledged {
  readonly sessionIds: string[];
  readonly connectionIds: string[];
}

describe('npm start --data', function () {
  this.timeout(LIMIT_MS);
  let checkout: string;
  const folders: string[] = [];
  const newFolder = async (): Promise<string> => {
    const folder = await mkdtemp(join(tmpdir(), 'sessions-kill-'));
    folders.push(folder);
    return folder;
  };

  before(async function () {
    leaveOutWhenFast(this, 'kill -9 of npm start');
    checkout = await copyCheckout({ installed: true });
  });
  afterEach(async () => {
    endAll();
    await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
  });
  after(removeCheckouts);

  it(`starts again after ${KILLS} times kill -9, with every session and connection that a client has`, async () => {
    const data = await newFolder();
    const all: Acknowledged = { sessionIds: [], connectionIds: [] };

    for (let kill = 1; kill <= KILLS; kill++) {
      const running = npmStart(checkout, '--data', data, ...VARIABLES);
      const { webSocketUrl } = await running.ready;
      const token = /^(eyJ\S+)$/m.exec(running.stdout())?.[1] ?? '';
      const before = all.sessionIds.length;
      // Another moment each time: so many sessions, and one connection more or less of the next.
      await useUntil(
        webSocketUrl,
        token,
        all,
        () => all.sessionIds.length >= before + 3 * kill,
        () => {
          process.kill(-running.pid, 'SIGKILL');
        },
      );
      await running.ended;

      const found = await keysIn(data);
      expect(found.sessions, `after kill ${kill}`).to.include.members(all.sessionIds);
      expect(found.connections, `after kill ${kill}`).to.include.members(all.connectionIds);
    }
    const last = npmStart(checkout, '--data', data, ...VARIABLES);
    await last.ready;
    expect(all.connectionIds.length).to.be.greaterThan(KILLS * SPEAKERS);
    expect(last.stderr()).not.to.match(/damaged|cannot/);
  });

  /** Reads a copy, as the process left it: nothing has run since. */
  async function keysIn(data: string): Promise<{ sessions: string[]; connections: string[] }> {
    const copy = await newFolder();
    await cp(join(data, 'dynamodb'), copy, { recursive: true });
    const dynamoDb = startDynamoDb({ folder: copy, onNotice: () => {} });
    const { TableNames } = await dynamoDb.call('ListTables', {});
    const keys = async (kind: RegExp, name: string): Promise<string[]> => {
      const TableName = (TableNames as string[]).find((each) => kind.test(each));
      const { Items } = await dynamoDb.call('Scan', { TableName });
      return (Items as Record<string, { S: string }>[]).map((item) => String(item[name]?.S));
    };
    const found = {
      sessions: await keys(/sessions$/i, 'sessionId'),
      connections: await keys(/connections$/i, 'connectionId'),
    };
    await dynamoDb.stop();
    return found;
  }
});

/** Opens sessions, each with listeners, one after the other in several lanes, until the server is killed. */
async function useUntil(
  url: string,
  token: string,
  all: Acknowledged,
  isEnough: () => boolean,
  kill: () => void,
): Promise<void> {
  const sockets: WebSocket[] = [];
  let killed = false;
  /** @returns what came back; undefined: the server is gone */
  const open = (query: string, expected: string, protocols: string[] = []) =>
    new Promise<Record<string, string> | undefined>((resolve, reject) => {
      const socket = new WebSocket(`${url}?${query}`, protocols);
      sockets.push(socket);
      socket.on('message', (data) => {
        const message = JSON.parse(data.toString());
        if (message.type === expected) resolve(message);
        else if (message.type === 'error') reject(new Error(`${query} was answered with ${data}`));
      });
      socket.once('unexpected-response', (_, { statusCode }) => reject(new Error(`${query}: ${statusCode}`)));
      socket.on('error', () => {});
      socket.once('close', () => resolve(undefined));
    });
  const acknowledged = (message: Record<string, string>) => {
    all.connectionIds.push(String(message.connectionId));
    if (killed || !isEnough()) return;
    killed = true;
    kill();
  };
  const lane = async () => {
    while (!killed) {
      const created = await open('action=createSession&sourceLanguage=en', 'sessionCreated', [
        'session.v1',
        `bearer.${token}`,
      ]);
      if (!created) return;
      all.sessionIds.push(String(created.sessionId));
      acknowledged(created);
      const join = `action=joinSession&targetLanguage=es&sessionId=${created.sessionId}`;
      await Promise.all(
        Array.from({ length: LISTENERS }, async () => {
          const joined = await open(join, 'sessionJoined', ['session.v1']);
          if (joined) acknowledged(joined);
        }),
      );
    }
  };
  await Promise.all(Array.from({ length: SPEAKERS }, lane));
  for (const socket of sockets) socket.terminate();
}
