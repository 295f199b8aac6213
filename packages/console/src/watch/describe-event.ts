import type { FeedEvent } from '@sessions/local/page';

/** An event as one line of a table. */
export interface EventLine {
  readonly what: string;
  readonly detail: string;
  readonly durationMs?: number;
  readonly isBad: boolean;
}

/** Long enough to tell connections apart, short enough to read. */
export const shortId = (connectionId: string): string => connectionId.slice(0, 6);

/** @returns undefined for what is not shown as a line */
export function describeEvent(event: FeedEvent): EventLine | undefined {
  switch (event.type) {
    case 'connected':
      return { what: '$connect', detail: shortId(event.connectionId), isBad: false };
    case 'refused':
      return { what: '$connect', detail: `refused with ${event.statusCode}: ${event.reason}`, isBad: true };
    case 'message':
      return {
        what: event.routeKey ?? 'no route',
        detail: event.error ?? shortId(event.connectionId),
        durationMs: event.durationMs,
        isBad: event.error !== undefined,
      };
    case 'disconnected':
      return {
        what: '$disconnect',
        detail: `${shortId(event.connectionId)} · ${event.statusCode} ${event.reason}`.trim(),
        isBad: event.statusCode === 1006,
      };
    case 'httpRequest':
      return {
        what: event.routeKey ?? `${event.method}, no route`,
        detail: event.reason === undefined ? String(event.statusCode) : `${event.statusCode}: ${event.reason}`,
        durationMs: event.durationMs,
        isBad: event.statusCode >= 400,
      };
    case 'management':
      return {
        what: event.method === 'POST' ? 'sent to a connection' : `${event.method} @connections`,
        detail: `${shortId(event.connectionId)} · ${event.statusCode}`,
        isBad: event.statusCode >= 400,
      };
    case 'invocation':
      return {
        what: `λ ${event.functionName}`,
        detail: event.coldStart ? `${event.outcome}, cold start` : event.outcome,
        durationMs: event.durationMs,
        isBad: event.outcome !== 'returned',
      };
    case 'awsCall':
      return {
        what: `${event.service} ${event.operation}`,
        detail: `${event.functionName ?? 'a tool'} · ${event.statusCode ?? 'no answer'}`,
        durationMs: event.durationMs,
        isBad: (event.statusCode ?? 500) >= 400,
      };
    case 'fault':
      return { what: 'fault', detail: `${event.name}: ${event.target}`, isBad: true };
    case 'schedule':
      return { what: 'schedule', detail: `${event.name} · ${event.outcome}`, isBad: event.outcome !== 'returned' };
    case 'eventSource':
      return {
        what: `${event.table} → λ ${event.functionName}`,
        detail: `${event.records} ${event.kind}${event.reason === undefined ? '' : `: ${event.reason}`}`,
        isBad: event.kind !== 'delivered' && event.kind !== 'sent',
      };
    case 'event':
      return {
        what: `event ${event.event['detail-type']}`,
        detail: `${event.busName} · ${event.rules.join(', ') || 'no rule'}`,
        isBad: false,
      };
    case 'log':
      return undefined;
  }
}
