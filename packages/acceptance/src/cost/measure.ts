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
import { MeteredStack, SAMPLE_PLACE_SHARD, SAMPLE_SESSION_ID } from './metered-stack.ts';
import { stackOf } from './stack-facts.ts';

const stacks = resolve(import.meta.dirname, '../../../../infra/cdktf.out/stacks');
const fileOf = (environment: string) => resolve(stacks, `sessions-${environment}`, 'cdk.tf.json');

/** As many as one round of the fan-out notifies. */
const LISTENERS = 100;

/** Runs one operation after the other. Takes half a minute. */
export async function measure(): Promise<Measured> {
  // In the second one, connections are asked to move at the age of 0 minutes.
  // Full of listeners, the shards of a session share them alike, however they were chosen.
  return withStack({ max_listeners_per_session: String(LISTENERS) }, (metered) =>
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
  const heartbeatWithReminder = await measureReminder(reminding);
  const all = { ...operations, heartbeatWithReminder };
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

const join = (sessionId: string, joinKey: string, targetLanguage = 'es') => ({
  action: 'joinSession',
  sessionId,
  joinKey,
  targetLanguage,
});
const create = { action: 'createSession', sourceLanguage: 'en' };
const heartbeat = { action: 'heartbeat', sentAt: 1_764_000_000_000 };

async function measureSession(stack: MeteredStack) {
  /** What a request uses until its reply. What follows from it is over before the next one. */
  const request = async (run: () => Promise<unknown>): Promise<Operation> => {
    const { use } = await stack.during(run);
    await stack.quiet();
    return use;
  };
  /** What a request uses, and everything that follows from it. */
  const withFollowUps = async <T>(run: () => Promise<T>) => {
    return stack.during(async () => {
      const result = await run();
      await stack.quiet();
      return result;
    });
  };

  // First of all, while the tables are empty.
  const sweep = await use(stack.during(() => stack.sweep()));

  const { use: connectSpeaker, result: speaker } = await stack.during(() => stack.connect('speaker'));
  const { use: createSession, result: created } = await withFollowUps(() =>
    stack.ask(speaker, 'sessionCreated', create),
  );
  const { sessionId, joinKey } = created;
  const { use: connectListener, result: listener } = await stack.during(() => stack.connect());

  // The reply, then what follows from it: the status, and that a language is in use now.
  const { use: joinSession, result: joined } = await stack.during(() =>
    stack.ask(listener, 'sessionJoined', join(sessionId, joinKey)),
  );
  const { use: firstStatus } = await stack.during(() => stack.quiet());
  const second = await stack.connect();
  await stack.ask(second, 'sessionJoined', join(sessionId, joinKey));
  const { use: statusNotification } = await stack.during(() => stack.quiet());
  const languagesChanged = difference(firstStatus, statusNotification);

  // The first heartbeat of an instance reads the session, the following ones within a second do not.
  await stack.ask(listener, 'heartbeatAck', heartbeat);
  const beat = await request(() => stack.ask(second, 'heartbeatAck', heartbeat));
  await stack.ask(speaker, 'heartbeatAck', heartbeat);
  const changeLanguage = await request(() =>
    stack.ask(second, 'languageChanged', { action: 'changeLanguage', targetLanguage: 'fr' }),
  );
  const disconnectListener = await request(() => stack.close(second));
  const { use: setBroadcastState } = await withFollowUps(() =>
    stack.ask(speaker, 'broadcastStateChanged', { action: 'setBroadcastState', muted: true }),
  );
  const items = await measureItems(stack);
  const getSessionStatus = await request(() => stack.ask(speaker, 'sessionStatus', { action: 'getSessionStatus' }));
  const sweepOverSession = await request(() => stack.sweep());

  const nextSpeaker = await stack.connect('speaker');
  const { use: refreshSpeaker } = await withFollowUps(() =>
    stack.ask(nextSpeaker, 'connectionRefreshComplete', { ...refresh(sessionId, 'speaker'), ...from(created) }),
  );
  const disconnectWithoutRole = await request(() => stack.close(speaker));
  const nextListener = await stack.connect();
  const { place, targetLanguage } = joined;
  const refreshListener = await request(() =>
    stack.ask(nextListener, 'connectionRefreshComplete', {
      ...refresh(sessionId, 'listener'),
      ...from(joined),
      place,
      targetLanguage,
    }),
  );
  const disconnectMovedListener = await request(() => stack.close(listener));
  await stack.close(nextListener);
  await stack.quiet();

  const { use: endSession } = await withFollowUps(() =>
    stack.ask(nextSpeaker, 'sessionEnded', { action: 'endSession' }),
  );

  const endOfAll = await measureEnd(stack);
  const published = await measurePublishing(stack);
  return {
    operations: {
      connectSpeaker,
      connectListener,
      createSession,
      joinSession,
      statusNotification,
      languagesChanged,
      heartbeat: beat,
      changeLanguage,
      setBroadcastState,
      refreshSpeaker,
      refreshListener,
      disconnectMovedListener,
      disconnectListener,
      disconnectWithoutRole,
      ...published,
      endSession,
      endSessionPerListener: perListener(endSession, endOfAll),
      getSessionStatus,
      sweep,
      // What is read follows from the size of the items.
      sweepPerSession: { ...difference(sweepOverSession, sweep), readUnits: 0 },
    },
    itemBytes: items,
  };
}

/** The end of a session with many listeners, and everything that follows from it. */
async function measureEnd(stack: MeteredStack): Promise<Operation> {
  const speaker = await stack.connect('other');
  const { sessionId, joinKey } = await stack.ask(speaker, 'sessionCreated', create);
  const listeners: Client[] = [];
  for (let number = 0; number < LISTENERS; number++) {
    const listener = await stack.connect();
    await stack.ask(listener, 'sessionJoined', join(sessionId, joinKey));
    listeners.push(listener);
  }
  await stack.quiet();
  return use(
    stack.during(async () => {
      await stack.ask(speaker, 'sessionEnded', { action: 'endSession' });
      await Promise.all(listeners.map((listener) => listener.next('sessionEnded')));
      await stack.quiet();
    }),
  );
}

/** What a message uses in a session with many listeners of one language, and none of another. */
async function measurePublishing(stack: MeteredStack) {
  const speaker = await stack.connect('third');
  const { sessionId, joinKey } = await stack.ask(speaker, 'sessionCreated', create);
  const listeners: Client[] = [];
  for (let number = 0; number < LISTENERS; number++) {
    const listener = await stack.connect();
    await stack.ask(listener, 'sessionJoined', join(sessionId, joinKey));
    listeners.push(listener);
  }
  await stack.quiet();
  // An instance that has started writes no line more than the next one.
  await stack.publish({ sessionId, to: 'fr', data: null });
  const publish = (to: string, data: unknown, id: string) =>
    use(
      stack.during(async () => {
        const { delivered } = await stack.publish({ sessionId, to, name: 'message', data, id });
        await Promise.all(listeners.slice(0, delivered).map((listener) => listener.next('message')));
      }),
    );
  const publishCaption = await publish('de', CAPTION, 'segment-1');
  const captionToAll = await publish('es', CAPTION, 'segment-1');
  const publishAudio = await publish('de', SPEECH, 'segment-2');
  const audioToAll = await publish('es', SPEECH, 'segment-2');
  return {
    publishCaption,
    publishCaptionPerListener: share(publishCaption, captionToAll, LISTENERS),
    publishAudio,
    publishAudioPerListener: share(publishAudio, audioToAll, LISTENERS),
  };
}

/** A sentence, in the words of most pipelines. */
const CAPTION = { text: 'In the beginning was the Word, and the Word was with God', isFinal: true };
/** 24,000 bytes in base64: six seconds of Opus at 32 kbit/s. */
const SPEECH = { format: 'opus', audio: 'A'.repeat(32_000) };

/** What is sent to a client besides the reply. */
async function measureReminder(stack: MeteredStack): Promise<Operation> {
  const speaker = await stack.connect('speaker');
  const { sessionId, joinKey } = await stack.ask(speaker, 'sessionCreated', create);
  const first = await stack.connect();
  await stack.ask(first, 'sessionJoined', join(sessionId, joinKey));
  const listener = await stack.connect();
  await stack.ask(listener, 'sessionJoined', join(sessionId, joinKey));
  await stack.quiet();
  await stack.ask(first, 'heartbeatAck', heartbeat);
  return use(
    stack.during(async () => {
      await stack.ask(listener, 'heartbeatAck', heartbeat);
      await listener.next('connectionRefreshRequired');
    }),
  );
}

const use = async (measurement: Promise<{ use: Operation }>): Promise<Operation> => (await measurement).use;

const refresh = (sessionId: string, role: string) => ({ action: 'refreshConnection', sessionId, role });
const from = ({ connectionId }: { connectionId: string }) => ({ previousConnectionId: connectionId });

const SAMPLE_NAMES = { sessionId: SAMPLE_SESSION_ID, placeShard: SAMPLE_PLACE_SHARD };

/** While a speaker and a listener are in a session, and have sent a heartbeat. */
async function measureItems(stack: MeteredStack) {
  const one = async (table: string, isIt: (item: PlainItem) => boolean) => {
    const [size = 0, ...more] = await sizes(stack, table, isIt);
    if (size === 0 || more.length > 0) throw new Error(`There should be one such item in ${table}`);
    return size;
  };
  const snapshot = await stack.snapshot();
  const listener = [...snapshot.values()].flat().find(({ role }) => role === 'listener') ?? {};
  const { connectionId, targetLanguage, role } = listener;
  return {
    session: await one('sessions', ({ part }) => part === 'session'),
    speaker: await one('connections', ({ role }) => role === 'speaker'),
    listener: await one('connections', ({ role }) => role === 'listener'),
    indexEntry: itemBytes({ connectionId, targetLanguage, role, ...SAMPLE_NAMES }),
  };
}

async function sizes(stack: MeteredStack, table: string, isIt: (item: PlainItem) => boolean): Promise<number[]> {
  const items = (await stack.snapshot()).get(`${stack.stack.name}-${table}`) ?? [];
  // Sessions' names differ in length.
  return items
    .filter(isIt)
    .map((item) => itemBytes({ ...item, sessionId: SAMPLE_SESSION_ID, ...('placeShard' in item ? SAMPLE_NAMES : {}) }));
}

/** What each of the listeners added. What a query reads follows from the size of the index: `usage.ts` of the prices. */
const perListener = (none: Operation, all: Operation): Operation => ({ ...share(none, all, LISTENERS), readUnits: 0 });

const difference = (more: Operation, less: Operation): Operation => share(less, more, 1);

function share(none: Operation, all: Operation, among: number): Operation {
  const share = (of: (operation: Operation) => number) => round((of(all) - of(none)) / among);
  const names = [...new Set([...Object.keys(none.functions), ...Object.keys(all.functions)])];
  const functions = names.map((name): [string, FunctionUse] => {
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
    events: share(({ events }) => events),
    messages: share(({ messages }) => messages),
    bytesIn: share(({ bytesIn }) => bytesIn),
    bytesOut: share(({ bytesOut }) => bytesOut),
  };
}

const round = (value: number): number => Math.round(value * 1e4) / 1e4;
