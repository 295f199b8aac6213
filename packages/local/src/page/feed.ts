import type { FaultRecord } from '../faults/plan.ts';
import type { LocalStackOptions } from '../local-stack.ts';
import type { FeedEvent, FeedNews } from './feed-event.ts';

type Observers = Required<
  Pick<
    LocalStackOptions,
    'onLog' | 'onInvocation' | 'onAwsCall' | 'onSchedule' | 'onEventSource' | 'onFault' | 'onEvent'
  >
> & {
  readonly gateway: NonNullable<LocalStackOptions['gateway']>;
  readonly http: NonNullable<LocalStackOptions['http']>;
};

/** What has happened lately, and what happens now. */
export interface Feed {
  /** To be called beside the observers that were there before, see {@link observedByBoth}. */
  readonly observers: Observers;
  /** The newest events, oldest first. */
  recent(): readonly FeedEvent[];
  /** @returns ends it */
  subscribe(listener: (event: FeedEvent) => void): () => void;
}

/** Enough for whoever opens the page to see what it is about. */
const KEPT_EVENTS = 300;

/** @param nowMs of the stack's clock */
export function createFeed(nowMs: () => number): Feed {
  const events: FeedEvent[] = [];
  const listeners = new Set<(event: FeedEvent) => void>();
  const tell = (news: FeedNews): void => {
    const event: FeedEvent = { atMs: nowMs(), ...news };
    events.push(event);
    // In blocks: moving the whole list for each event would cost more than keeping some more of them.
    if (events.length > 2 * KEPT_EVENTS) events.splice(0, events.length - KEPT_EVENTS);
    for (const listener of listeners) listener(event);
  };

  return {
    recent: () => events.slice(-KEPT_EVENTS),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    observers: {
      onLog({ functionName, line }) {
        const fields = parseObject(line);
        if (fields) tell({ type: 'log', functionName, fields });
      },
      onInvocation({ functionName, outcome, totalMs }) {
        const coldStart = 'run' in outcome && outcome.run.coldStart;
        tell({ type: 'invocation', functionName, outcome: outcome.kind, durationMs: totalMs, coldStart });
      },
      onAwsCall: ({ resources: _, instanceId: __, ...call }) => tell({ type: 'awsCall', ...call }),
      onSchedule: ({ name, outcome }) => tell({ type: 'schedule', name, outcome: outcome.kind }),
      onEventSource: ({ mapping: _, ...news }) => tell({ type: 'eventSource', ...news }),
      onEvent: ({ busName, event, rules }) => tell({ type: 'event', busName, event, rules }),
      onFault: ({ rule, name = `rule ${rule}`, target }) => tell({ type: 'fault', name, target: nameOf(target) }),
      gateway: {
        onConnection: ({ connectionId }) => tell({ type: 'connected', connectionId }),
        onRefusal: ({ statusCode, reason }) => tell({ type: 'refused', statusCode, reason }),
        onMessage: ({ connectionId, routeKey, durationMs, answer }) =>
          tell({
            type: 'message',
            connectionId,
            durationMs,
            ...(routeKey === undefined ? {} : { routeKey }),
            ...(answer.kind === 'error' ? { error: answer.message } : {}),
          }),
        onManagement: ({ connectionId, method, statusCode }) =>
          tell({ type: 'management', connectionId, method, statusCode }),
        onDisconnect: ({ connectionId, statusCode, reason }) =>
          tell({ type: 'disconnected', connectionId, statusCode, reason }),
      },
      http: {
        onHttpRequest: ({ method, routeKey, statusCode, reason, durationMs }) =>
          tell({
            type: 'httpRequest',
            method,
            statusCode,
            durationMs,
            ...(routeKey === undefined ? {} : { routeKey }),
            ...(reason === undefined ? {} : { reason }),
          }),
      },
    },
  };
}

type AnyObservers = Readonly<Record<string, unknown>>;

/** Two sets of observers as one: of two for the same event both are called, the first one first. */
export function observedByBoth<A extends object, B extends object>(first: A, second: B): A & B {
  const one = first as AnyObservers;
  const entries = Object.entries(second as AnyObservers).map(([name, observer]): [string, unknown] => {
    const other = one[name];
    if (typeof other === 'function' && typeof observer === 'function') {
      return [
        name,
        (...args: readonly unknown[]) => {
          other(...args);
          observer(...args);
        },
      ];
    }
    if (isObject(other) && isObject(observer)) return [name, observedByBoth(other, observer)];
    return [name, observer];
  });
  return { ...first, ...Object.fromEntries(entries) } as A & B;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

function nameOf(target: FaultRecord['target']): string {
  switch (target.kind) {
    case 'call':
      return `${target.service} ${target.operation}`;
    case 'disconnect':
      return '$disconnect';
    case 'index':
      return target.index;
    case 'stream':
      return target.table;
    case 'batch':
      return target.functionName;
    case 'entry':
      return target.detailType;
    case 'delivery':
      return target.functionName;
  }
}

function parseObject(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
