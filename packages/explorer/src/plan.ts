import { createRandom, type Random } from './random.ts';

/**
 * What can befall a call or a delivery.
 * - `crash`, `crashAfter`: the actor never goes on; before or after the call has taken effect
 * - `unavailable`: the call has no effect, and fails; `lostAnswer`: it has its effect, and fails
 * - `repeat`: it takes effect, its answer is lost, and the SDK makes it again
 * - `conflict`: another transaction holds the shard
 * - `postFails`: the connection takes no message
 * - `twice`: a task, a batch of the stream or a `$disconnect` is delivered twice
 * - `lostDisconnect`: a `$disconnect` never comes
 */
export type FaultKind =
  | 'crash'
  | 'crashAfter'
  | 'unavailable'
  | 'lostAnswer'
  | 'repeat'
  | 'conflict'
  | 'postFails'
  | 'twice'
  | 'lostDisconnect';

/** One fault: it strikes at the first call or delivery from this step on that it can strike. */
export interface Fault {
  readonly at: number;
  readonly kind: FaultKind;
}

export type SpeakerAction =
  | 'create'
  /** Creates it ahead of time, and comes to it then. */
  | 'schedule'
  | 'createAgain'
  | 'refresh'
  | 'abandonRefresh'
  | 'takeOver'
  | 'setBroadcastState'
  | 'endSession'
  | 'status'
  | 'close'
  | 'drop'
  | 'die'
  | 'heartbeat';
export type ListenerAction =
  | 'join'
  | 'joinAgain'
  | 'changeLanguage'
  | 'refresh'
  | 'abandonRefresh'
  | 'repeatRefresh'
  | 'close'
  | 'drop'
  /** Is cut off, and comes back with `wake` alone. */
  | 'sleep'
  | 'wake'
  | 'die'
  | 'heartbeat';

/** What a backend does; `repeat`: publishes its last message once more. */
export type PublisherAction = 'publish' | 'repeat';

/** Something that somebody does. */
export type Operation =
  | { readonly by: 'speaker'; readonly who: number; readonly action: SpeakerAction }
  | { readonly by: 'listener'; readonly who: number; readonly action: ListenerAction }
  | { readonly by: 'publisher'; readonly who: number; readonly action: PublisherAction; readonly to: string }
  | { readonly by: 'sweeper' }
  | { readonly by: 'operator'; readonly action: 'end' | 'deny' | 'allow' }
  /** Goes on when nothing is in flight any more. */
  | { readonly by: 'time'; readonly action: 'settle' }
  | { readonly by: 'time'; readonly action: 'pass'; readonly seconds: number }
  /** TTL deletes what has expired. */
  | { readonly by: 'time'; readonly action: 'expire' };

/** Everything about a schedule but the order of its steps. */
export interface Plan {
  readonly seed: number;
  readonly capacity: number;
  /** Items on a page of a query or a scan. */
  readonly pageSize: number;
  /** Whether queries of an index may lag behind. */
  readonly isIndexStale: boolean;
  readonly operations: readonly Operation[];
  readonly faults: readonly Fault[];
}

const SPEAKER_ACTIONS: readonly SpeakerAction[] = [
  ...repeated<SpeakerAction>('refresh', 4),
  ...repeated<SpeakerAction>('abandonRefresh', 3),
  ...repeated<SpeakerAction>('takeOver', 2),
  ...repeated<SpeakerAction>('setBroadcastState', 4),
  ...repeated<SpeakerAction>('endSession', 2),
  ...repeated<SpeakerAction>('drop', 3),
  'createAgain',
  'status',
  'close',
  'die',
  'heartbeat',
];
const LISTENER_ACTIONS: readonly ListenerAction[] = [
  ...repeated<ListenerAction>('join', 6),
  ...repeated<ListenerAction>('changeLanguage', 3),
  ...repeated<ListenerAction>('refresh', 4),
  ...repeated<ListenerAction>('repeatRefresh', 2),
  ...repeated<ListenerAction>('close', 3),
  'joinAgain',
  'abandonRefresh',
  'drop',
  'die',
  'heartbeat',
];
const FAULT_KINDS: readonly FaultKind[] = [
  'crash',
  'crash',
  'crashAfter',
  'crashAfter',
  'unavailable',
  'lostAnswer',
  'lostAnswer',
  'repeat',
  'conflict',
  'postFails',
  'twice',
  'twice',
  'lostDisconnect',
];

const MAX_SPEAKERS = 2;
const MAX_PUBLISHERS = 2;
/** Of all schedules: messages make them longer, and most of what is explored has nothing to do with them. */
const SHARE_WITH_MESSAGES = 0.2;
/** Of all schedules: their session is created ahead of time. */
const SHARE_SCHEDULED = 0.15;
/** So that it is drawn apart from the rest: the plan of a seed stays what it was. */
const SCHEDULED_SEED = 0x5ced;
const CHANNELS = ['es', 'es', 'es', 'all', 'fr', 'speaker'] as const;
const MAX_LISTENERS = 3;
/** Steps within which the faults of a schedule strike. */
const FAULTS_WITHIN = 80;

/** Makes the plan of one schedule from its seed. */
export function makePlan(seed: number): Plan {
  const random = createRandom(seed);
  const isScheduled = createRandom(seed ^ SCHEDULED_SEED).chance(SHARE_SCHEDULED);
  const isCrowded = random.chance(0.12);
  const faults: Fault[] = [];
  const faultCount = random.pick([0, 0, 1, 1, 1, 2, 3]);
  for (let i = 0; i < faultCount; i++) faults.push({ at: random.below(FAULTS_WITHIN), kind: random.pick(FAULT_KINDS) });
  return {
    seed,
    capacity: 1 + random.below(isCrowded ? 2 : 4),
    pageSize: random.pick([1, 2, 100, 100]),
    isIndexStale: random.chance(0.3),
    operations: ahead(
      isScheduled,
      isCrowded
        ? makeCrowd(random)
        : random.chance(SHARE_WITH_MESSAGES)
          ? withMessages(makeOperations(random), random)
          : makeOperations(random),
    ),
    faults: faults.sort((one, other) => one.at - other.at),
  };
}

/** The same operations, with a session that is created ahead of time. */
function ahead(isScheduled: boolean, operations: Operation[]): Operation[] {
  const [first, ...rest] = operations;
  return isScheduled && first?.by === 'speaker' ? [{ ...first, action: 'schedule' }, ...rest] : operations;
}

function makeOperations(random: Random): Operation[] {
  const operations: Operation[] = [{ by: 'speaker', who: 0, action: 'create' }];
  const listeners = 1 + random.below(MAX_LISTENERS);
  for (let who = 0; who < listeners; who++) operations.push({ by: 'listener', who, action: 'join' });
  if (random.chance(0.5)) operations.push({ by: 'time', action: 'settle' });
  const count = 2 + random.below(5);
  for (let i = 0; i < count; i++) operations.push(makeOperation(random));
  if (random.chance(0.02)) operations.push(...REUSE);
  return operations;
}

/** The same operations, with messages that are published beside them. */
function withMessages(operations: Operation[], random: Random): Operation[] {
  const mixed = [...operations];
  const count = 2 + random.below(5);
  for (let i = 0; i < count; i++) {
    const publication: Operation = {
      by: 'publisher',
      who: random.below(MAX_PUBLISHERS),
      action: random.chance(0.15) ? 'repeat' : 'publish',
      to: random.pick(CHANNELS),
    };
    mixed.splice(1 + random.below(mixed.length), 0, publication);
  }
  return random.chance(0.15) ? [...mixed, ...ABSENCE] : mixed;
}

/** More listeners than places: they come and go while sweeps pass over them. */
function makeCrowd(random: Random): Operation[] {
  const operations: Operation[] = [
    { by: 'speaker', who: 0, action: 'create' },
    { by: 'time', action: 'settle' },
  ];
  let arrived = 0;
  const count = 4 + random.below(5);
  for (let i = 0; i < count; i++) {
    const dice = random.below(10);
    if (dice < 5 || arrived === 0) operations.push({ by: 'listener', who: arrived++, action: 'join' });
    else if (dice < 7) operations.push({ by: 'listener', who: random.below(arrived), action: 'close' });
    else operations.push({ by: 'sweeper' });
  }
  return operations;
}

function makeOperation(random: Random): Operation {
  const dice = random.below(100);
  if (dice < 35) return { by: 'speaker', who: random.below(MAX_SPEAKERS), action: random.pick(SPEAKER_ACTIONS) };
  if (dice < 85) return { by: 'listener', who: random.below(MAX_LISTENERS), action: random.pick(LISTENER_ACTIONS) };
  if (dice < 92) return { by: 'sweeper' };
  if (dice < 94) return { by: 'operator', action: random.pick(['end', 'end', 'deny', 'allow']) };
  return { by: 'time', action: 'pass', seconds: random.pick([1, 31, 85]) };
}

/** A listener is away for longer than messages are held. */
const ABSENCE: readonly Operation[] = [
  { by: 'time', action: 'settle' },
  { by: 'listener', who: 0, action: 'sleep' },
  { by: 'publisher', who: 0, action: 'publish', to: 'es' },
  { by: 'time', action: 'pass', seconds: 85 },
  { by: 'publisher', who: 1, action: 'publish', to: 'all' },
  { by: 'time', action: 'pass', seconds: 85 },
  { by: 'publisher', who: 0, action: 'publish', to: 'es' },
  { by: 'listener', who: 0, action: 'wake' },
];

/** A session ID is used again a day after the end of its first session. */
const REUSE: readonly Operation[] = [
  { by: 'speaker', who: 0, action: 'endSession' },
  { by: 'time', action: 'settle' },
  { by: 'time', action: 'pass', seconds: 90_000 },
  // A sweep a minute would have passed over what is left.
  { by: 'sweeper' },
  { by: 'time', action: 'settle' },
  { by: 'speaker', who: 1, action: 'create' },
  { by: 'listener', who: 0, action: 'join' },
];

function repeated<T>(item: T, times: number): T[] {
  return Array.from({ length: times }, () => item);
}
