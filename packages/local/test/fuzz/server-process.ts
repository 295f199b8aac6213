/** The server that is fuzzed: `server-process.ts <target>`. Tells its parent how it is reached; lives until it is killed. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { WebSocketServer } from 'ws';
import { systemClock } from '../../src/clock.ts';
import { type LocalStackOptions, startLocalStack } from '../../src/index.ts';
import { writeEchoStack } from '../fixtures/echo-stack.ts';
import type { Facts } from './facts.ts';
import type { ServerAccess, TargetName } from './server.ts';

/** `npm run synth` writes it. */
const SESSIONS_STACK = resolve(import.meta.dirname, '../../../../infra/cdktf.out/stacks/sessions-dev/cdk.tf.json');

/** The service's own limits would refuse nearly everything. */
const UNLIMITED = {
  rate_limit_connection_attempts_per_min: '100000',
  rate_limit_heartbeats_per_min: '6000',
  stage_throttle_rate_limit: '100000',
  stage_throttle_burst_limit: '100000',
};

const folder = mkdtempSync(join(tmpdir(), 'fuzz-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
// It is to stop, or the parent is gone.
process.once('disconnect', () => process.exit());

async function startStack(
  options: Pick<LocalStackOptions, 'stackFile' | 'variables'>,
  known: Pick<Facts, 'messages' | 'protocols'>,
  probe: string,
): Promise<ServerAccess> {
  const pageFolder = join(folder, 'page');
  mkdirSync(pageFolder, { recursive: true });
  writeFileSync(join(pageFolder, 'index.html'), '<h1>fuzz</h1>'.repeat(500));
  // The platform's clock: the controls of the page then move nothing, and nothing ends for its age.
  const stack = await startLocalStack({ ...options, pageFolder, schedules: 'manual', clock: systemClock });
  const { host, port } = new URL(stack.endpoint);
  return {
    url: stack.webSocketUrl,
    port: Number(port),
    probe,
    facts: {
      ...known,
      host,
      stage: 'dev',
      region: stack.stack.region,
      credentials: stack.credentials,
      tables: stack.stack.tables.map(({ name }) => name),
      functions: stack.stack.functions.map(({ name }) => name),
    },
  };
}

const start: Readonly<Record<TargetName, () => Promise<ServerAccess>>> = {
  echo: () =>
    startStack(
      { stackFile: writeEchoStack(folder) },
      { messages: [{ action: 'echo', a: [1, 'x', null], b: { c: 'd' } }, { action: { x: [1] } }], protocols: [] },
      '{"action":"probe","id":"ID"}',
    ),

  sessions: () =>
    startStack(
      { stackFile: SESSIONS_STACK, variables: UNLIMITED },
      {
        messages: [
          { action: 'createSession', sourceLanguage: 'en', qualityTier: 'standard', requestId: 'r1' },
          { action: 'joinSession', sessionId: 'faithful-shepherd-427', targetLanguage: 'es', requestId: 'r2' },
          { action: 'heartbeat', sentAt: 1, requestId: 'r3' },
          {
            action: 'refreshConnection',
            sessionId: 'faithful-shepherd-427',
            role: 'listener',
            previousConnectionId: 'x',
          },
          { action: 'getSessionStatus' },
          { action: 'endSession', requestId: 'r4' },
        ],
        protocols: ['session.v1'],
      },
      // Nobody on this connection has a place: the answer is a refusal, and repeats the id all the same.
      '{"action":"heartbeat","requestId":"ID"}',
    ),

  /** Shows that the fuzzer notices: a target that is no URL ends it. */
  async fragile() {
    const server = createServer((req, res) => res.end(new URL(req.url ?? '', 'http://local').pathname));
    const sockets = new WebSocketServer({ server });
    sockets.on('connection', (socket) => {
      socket.on('error', () => {});
      socket.on('message', (data) => socket.send(data.toString()));
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const { port } = server.address() as AddressInfo;
    const credentials = { accessKeyId: 'AKIAAAAAAAAAAAAAAAAA', secretAccessKey: 'x' };
    const none = { tables: [], functions: [], protocols: [], messages: [{ a: 1 }] };
    const facts = { ...none, host: `127.0.0.1:${port}`, stage: 'dev', region: 'us-east-1', credentials };
    return { url: `ws://127.0.0.1:${port}/dev`, port, probe: 'ID', facts };
  },
};

process.send?.(await start[process.argv[2] as TargetName]());
