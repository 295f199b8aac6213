import { EventEmitter, once } from 'node:events';
import { resolve } from 'node:path';
import { type LocalStack, startLocalStack } from '@sessions/local';
import { Client, HandshakeRefusedError } from './client.ts';

const STACK_FILE = resolve(import.meta.dirname, '../../../infra/cdktf.out/stacks/sessions-dev/cdk.tf.json');

export interface RealLogLines {
  /** Paths of all fields, as Logs Insights names them: `error.cause.name`. */
  readonly fields: ReadonlySet<string>;
  /** The texts that each of them had. */
  readonly values: ReadonlyMap<string, ReadonlySet<string>>;
}

let lines: Promise<RealLogLines> | undefined;

/** What the functions log of a session in which everything happens: successes, refusals, failures. Runs once. */
export function realLogLines(): Promise<RealLogLines> {
  lines ??= collect();
  return lines;
}

async function collect(): Promise<RealLogLines> {
  const logged: string[] = [];
  const news = new EventEmitter();
  const stack = await startLocalStack({
    stackFile: STACK_FILE,
    schedules: 'manual',
    onLog: ({ line }) => {
      logged.push(line);
      news.emit('line');
    },
  });
  try {
    await makeThingsHappen(stack, async (message) => {
      while (!logged.some((line) => line.includes(`"message":"${message}"`))) await once(news, 'line');
    });
  } finally {
    await stack.stop();
  }
  const values = new Map<string, Set<string>>();
  for (const line of logged) if (line.startsWith('{')) visit(JSON.parse(line), '', values);
  return { fields: new Set(values.keys()), values };
}

/** @param logs resolves when a line with that message was logged */
async function makeThingsHappen(stack: LocalStack, logs: (message: string) => Promise<void>): Promise<void> {
  const { webSocketUrl, httpApiUrl, tokens, faults, schedules } = stack;
  // The lifecycle event of the new session finds no bus.
  await faults.set({ rules: [{ call: { service: 'events' }, do: { error: 500 } }] });
  const speaker = await Client.connect(webSocketUrl, { token: await tokens.issueToken({ username: 'speaker' }) });
  const { sessionId } = await speaker.ask('sessionCreated', { action: 'createSession', sourceLanguage: 'en' });
  await logs('Changes could not be handed over');
  await faults.clear();
  const listener = await Client.connect(webSocketUrl);
  const join = { action: 'joinSession', sessionId, targetLanguage: 'es' };
  await listener.ask('error', { ...join, targetLanguage: '?' });
  await listener.ask('sessionJoined', join);
  await listener.ask('heartbeatAck', { action: 'heartbeat' });
  await speaker.ask('messagePublished', { action: 'publish', to: 'es', data: 'Bienvenidos' });
  await Client.connect(webSocketUrl, { token: 'none' }).catch(refused);
  await schedules.run();
  // Nobody can be told, and then the database is away: for a message, at the handshake, and for the sweeper.
  await faults.set({ rules: [{ call: { service: 'execute-api' }, do: { error: 500 } }] });
  await speaker.ask('sessionEnded', { action: 'endSession' });
  stack.interrupt('dynamodb');
  await listener.ask('error', join);
  await Client.connect(webSocketUrl);
  await fetch(`${httpApiUrl}/health`);
  await schedules.run();
}

function refused(error: unknown): void {
  if (!(error instanceof HandshakeRefusedError)) throw error;
}

/** Notes the path and text of everything in it. */
function visit(value: unknown, path: string, values: Map<string, Set<string>>): void {
  if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) visit(member, path === '' ? name : `${path}.${name}`, values);
    return;
  }
  const texts = values.get(path) ?? new Set();
  values.set(path, texts.add(String(value)));
}
