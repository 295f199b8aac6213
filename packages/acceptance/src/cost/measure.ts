/** Counts what each operation uses, on the real local stack. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  type FunctionUse,
  type Measured,
  type Operation,
  type OperationName,
  operationNames,
} from '../../../../scripts/cost/measured.ts';
import type { Client } from '../client.ts';
import { itemBytes, type PlainItem } from './item-size.ts';
import { MeteredStack, SAMPLE_SESSION_ID } from './metered-stack.ts';
import { stackOf } from './stack-facts.ts';

const stacks = resolve(import.meta.dirname, '../../../../infra/cdktf.out/stacks');
const fileOf = (environment: string) => resolve(stacks, `sessions-${environment}`, 'cdk.tf.json');

/** As many as one round of the fan-out tells. */
const LISTENERS = 100;

/** Runs one operation after the other. Takes some seconds. */
export async function measure(): Promise<Measured> {
  // Speakers are not told of every change in one of them; in the other, connections are asked to move at the age of 0
  // minutes.
  return withStack({ status_push_seconds: '0' }, (metered) =>
    withStack({ connection_refresh_minutes: '0' }, (reminding) => measureBoth(metered, reminding)),
  );
}

async function withStack<T>(
  variables: Readonly<Record<string, string>>,
  run: (stack: MeteredStack) => Promise<T>,
): Promise<T> {
  const stack = await MeteredStack.start(fileOf('dev'), variables);
  try {
    return await run(stack);
  } finally {
    await stack.stop();
  }
}

async function measureBoth(metered: MeteredStack, reminding: MeteredStack): Promise<Measured> {
  const { operations, itemBytes: items } = await measureSession(metered);
  const { joinSessionAndTell, heartbeatWithReminder } = await measureMessages(reminding);
  const statusPush = difference(joinSessionAndTell, operations.joinSession);
  const all = { ...operations, heartbeatWithReminder, statusPush };
  const { functions, name: stackName } = metered.stack;
  const synthesized: unknown = JSON.parse(await readFile(fileOf('prod'), 'utf8'));
  return {
    itemBytes: items,
    operations: Object.fromEntries(operationNames.map((name) => [name, all[name]])) as Record<OperationName, Operation>,
    memoryMb: Object.fromEntries(functions.map(({ name, memoryMb }) => [name.replace(`${stackName}-`, ''), memoryMb])),
    customMetrics: [...new Set([...metered.customMetrics, ...reminding.customMetrics])].sort(),
    ...stackOf(synthesized),
  };
}

const join = (sessionId: string) => ({ action: 'joinSession', sessionId, targetLanguage: 'es' });
const create = { action: 'createSession', sourceLanguage: 'en' };
const heartbeat = { action: 'heartbeat', sentAt: 1_764_000_000_000 };

async function measureSession(stack: MeteredStack) {
  // First of all, while the tables are empty.
  const sweep = await use(stack.during(() => stack.sweep()));

  const { use: connectSpeaker, result: speaker } = await stack.during(() => stack.connect('speaker'));
  const { use: createSession, result: created } = await stack.during(() =>
    stack.ask(speaker, 'sessionCreated', create),
  );
  const { sessionId } = created;
  const { use: connectListener, result: listener } = await stack.during(() => stack.connect());
  const { use: joinSession, result: joined } = await stack.during(() =>
    stack.ask(listener, 'sessionJoined', join(sessionId)),
  );
  const beat = await use(stack.during(() => stack.ask(listener, 'heartbeatAck', heartbeat)));
  await stack.ask(speaker, 'heartbeatAck', heartbeat);
  const items = await measureItems(stack);
  const getSessionStatus = await use(
    stack.during(() => stack.ask(speaker, 'sessionStatus', { action: 'getSessionStatus' })),
  );
  const sweepOverSession = await use(
    stack.during(async () => {
      await stack.sweep();
      await speaker.next('sessionStatus');
    }),
  );

  const nextSpeaker = await stack.connect('speaker');
  const refreshSpeaker = await use(
    stack.during(() =>
      stack.ask(nextSpeaker, 'connectionRefreshComplete', { ...refresh(sessionId, 'speaker'), ...from(created) }),
    ),
  );
  const disconnectWithoutRole = await use(stack.during(() => stack.close(speaker)));
  const nextListener = await stack.connect();
  const refreshListener = await use(
    stack.during(() =>
      stack.ask(nextListener, 'connectionRefreshComplete', { ...refresh(sessionId, 'listener'), ...from(joined) }),
    ),
  );
  const disconnectMovedListener = await use(stack.during(() => stack.close(listener)));
  const disconnectListener = await use(stack.during(() => stack.close(nextListener)));

  const endSession = await use(stack.during(() => stack.ask(nextSpeaker, 'sessionEnded', { action: 'endSession' })));
  const endedSession = Math.max(0, ...(await sizes(stack, 'sessions', () => true)));

  const endOfAll = await measureEnd(stack);
  return {
    operations: {
      connectSpeaker,
      connectListener,
      createSession,
      joinSession,
      heartbeat: beat,
      refreshSpeaker,
      refreshListener,
      disconnectMovedListener,
      disconnectListener,
      disconnectWithoutRole,
      endSession,
      endSessionPerListener: perListener(endSession, endOfAll),
      getSessionStatus,
      sweep,
      // What is read follows from the size of the items.
      sweepPerSession: { ...difference(sweepOverSession, sweep), readUnits: 0 },
    },
    itemBytes: { ...items, endedSession },
  };
}

/** The end of a session with many listeners. */
async function measureEnd(stack: MeteredStack): Promise<Operation> {
  const speaker = await stack.connect('other');
  const { sessionId } = await stack.ask(speaker, 'sessionCreated', create);
  const listeners: Client[] = [];
  for (let number = 0; number < LISTENERS; number++) {
    const listener = await stack.connect();
    await stack.ask(listener, 'sessionJoined', join(sessionId));
    listeners.push(listener);
  }
  return use(
    stack.during(async () => {
      await stack.ask(speaker, 'sessionEnded', { action: 'endSession' });
      await Promise.all(listeners.map((listener) => listener.next('sessionEnded')));
    }),
  );
}

/** What is sent to a client besides the reply. */
async function measureMessages(stack: MeteredStack) {
  const speaker = await stack.connect('speaker');
  const { sessionId } = await stack.ask(speaker, 'sessionCreated', create);
  const listener = await stack.connect();
  const joinSessionAndTell = await use(
    stack.during(async () => {
      await stack.ask(listener, 'sessionJoined', join(sessionId));
      await speaker.next('sessionStatus');
    }),
  );
  const heartbeatWithReminder = await use(
    stack.during(async () => {
      await stack.ask(listener, 'heartbeatAck', heartbeat);
      await listener.next('connectionRefreshRequired');
    }),
  );
  return { joinSessionAndTell, heartbeatWithReminder };
}

const use = async (measurement: Promise<{ use: Operation }>): Promise<Operation> => (await measurement).use;

const refresh = (sessionId: string, role: string) => ({ action: 'refreshConnection', sessionId, role });
const from = ({ connectionId }: { connectionId: string }) => ({ previousConnectionId: connectionId });

/** While a speaker and a listener are in a session, and have sent a heartbeat. */
async function measureItems(stack: MeteredStack) {
  const one = async (table: string, isIt: (item: PlainItem) => boolean) => {
    const [size = 0, ...more] = await sizes(stack, table, isIt);
    if (size === 0 || more.length > 0) throw new Error(`There should be one such item in ${table}`);
    return size;
  };
  const snapshot = await stack.snapshot();
  const listener = [...snapshot.values()].flat().find(({ role }) => role === 'listener') ?? {};
  const { connectionId, targetLanguage } = listener;
  return {
    session: await one('sessions', () => true),
    speaker: await one('connections', ({ role }) => role === 'speaker'),
    listener: await one('connections', ({ role }) => role === 'listener'),
    indexEntry: itemBytes({ connectionId, targetLanguage, sessionId: SAMPLE_SESSION_ID }),
  };
}

async function sizes(stack: MeteredStack, table: string, isIt: (item: PlainItem) => boolean): Promise<number[]> {
  const items = (await stack.snapshot()).get(`${stack.stack.name}-${table}`) ?? [];
  // Sessions' names differ in length.
  return items.filter(isIt).map((item) => itemBytes({ ...item, sessionId: SAMPLE_SESSION_ID }));
}

/** What each of the listeners added. What a query reads follows from the size of the index: `usage.ts` of the prices. */
const perListener = (none: Operation, all: Operation): Operation => ({ ...share(none, all, LISTENERS), readUnits: 0 });

const difference = (more: Operation, less: Operation): Operation => share(less, more, 1);

function share(none: Operation, all: Operation, among: number): Operation {
  const share = (of: (operation: Operation) => number) => round((of(all) - of(none)) / among);
  const functions = Object.keys(all.functions).map((name): [string, FunctionUse] => {
    const shareOf = (field: keyof FunctionUse) => share(({ functions }) => functions[name]?.[field] ?? 0);
    return [
      name,
      {
        invocations: shareOf('invocations'),
        awsCallsInSequence: shareOf('awsCallsInSequence'),
        logLines: shareOf('logLines'),
        logBytes: shareOf('logBytes'),
      },
    ];
  });
  return {
    functions: Object.fromEntries(functions),
    writeUnits: share(({ writeUnits }) => writeUnits),
    readUnits: share(({ readUnits }) => readUnits),
    messages: share(({ messages }) => messages),
    bytesIn: share(({ bytesIn }) => bytesIn),
    bytesOut: share(({ bytesOut }) => bytesOut),
  };
}

const round = (value: number): number => Math.round(value * 1e4) / 1e4;
