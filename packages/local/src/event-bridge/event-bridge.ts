import { jsonError } from '../aws/json-protocol.ts';
import type { Clock } from '../clock.ts';
import { EventPatternError, matchesPattern, parsePattern } from '../event-pattern/matches-pattern.ts';
import type { EventRule, Stack } from '../stack/model.ts';
import { type BusDelivery, createEvent } from './event.ts';
import { type AcceptedEntry, PutEventsError, parsePutEvents, type RefusedEntry } from './put-events.ts';
import type { TargetDeliveries } from './target-deliveries.ts';

export interface EventBridgeOptions {
  readonly stack: Pick<Stack, 'eventBuses' | 'eventRules' | 'accountId' | 'region'>;
  readonly targets: Pick<TargetDeliveries, 'deliver'>;
  readonly clock: Clock;
  readonly onEvent?: (delivery: BusDelivery) => void;
  /** Why an entry is not taken that otherwise would be. Default: it is. */
  readonly refuseEntry?: (entry: AcceptedEntry, functionName: string | undefined) => RefusedEntry | undefined;
  /** An event was sent to a bus that the stack does not have. */
  readonly onUnknownBus?: (busName: string) => void;
}

/** The answer to a call: in AWS's JSON protocol. */
export interface JsonAnswer {
  readonly statusCode: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The buses of a stack. */
export interface EventBridge {
  /**
   * Answers a call of the API, once the caller may make it.
   * @param functionName the function that calls; absent: another program
   */
  handle(operation: string, body: Buffer, functionName?: string): JsonAnswer;
}

/** Starts the stack's buses: events go to the functions' queues at once, and those retry as Lambda does. */
export function createEventBridge(options: EventBridgeOptions): EventBridge {
  const { stack, targets, clock, onEvent, onUnknownBus } = options;
  const rulesOf = new Map<string, EventRule[]>(stack.eventBuses.map(({ name }) => [name, []]));
  for (const rule of stack.eventRules) rulesOf.get(rule.busName)?.push(rule);

  function publish({ busName, event: given, atMs = clock.nowMs() }: AcceptedEntry): { EventId: string } {
    const event = createEvent(given, { account: stack.accountId, region: stack.region, atMs });
    const rules = rulesOf.get(busName);
    // AWS takes such an event, too, and it is never seen again.
    if (rules === undefined) onUnknownBus?.(busName);
    const matching = (rules ?? []).filter(({ pattern }) => matchesPattern(pattern, event));
    onEvent?.({ busName, event, rules: matching.map(({ name }) => name) });
    for (const rule of matching) {
      for (const target of rule.targets) targets.deliver(rule, target, event);
    }
    return { EventId: event.id };
  }

  const operations: Readonly<
    Record<string, (input: Readonly<Record<string, unknown>>, functionName: string | undefined) => JsonAnswer>
  > = {
    PutEvents(input, functionName) {
      const results = parsePutEvents(input).map((entry) =>
        'ErrorCode' in entry ? entry : (options.refuseEntry?.(entry, functionName) ?? publish(entry)),
      );
      const FailedEntryCount = results.filter((result) => 'ErrorCode' in result).length;
      return { statusCode: 200, body: { FailedEntryCount, Entries: results } };
    },
    TestEventPattern({ EventPattern, Event }) {
      try {
        const pattern = parsePattern(JSON.parse(String(EventPattern)));
        return { statusCode: 200, body: { Result: matchesPattern(pattern, JSON.parse(String(Event))) } };
      } catch (error) {
        if (!(error instanceof EventPatternError) && !(error instanceof SyntaxError)) throw error;
        return failed('InvalidEventPatternException', `Event pattern is not valid. Reason: ${error.message}`);
      }
    },
  };

  return {
    handle(operation, body, functionName) {
      const perform = Object.hasOwn(operations, operation) ? operations[operation] : undefined;
      if (!perform) {
        return failed('UnknownOperationException', `${operation} cannot be run here: buses and rules are the stack's`);
      }
      const input = parseObject(body);
      if (input === undefined) return failed('SerializationException', 'The body is not a JSON object');
      try {
        return perform(input, functionName);
      } catch (error) {
        if (error instanceof PutEventsError) return failed(error.code, error.message);
        throw error;
      }
    },
  };
}

const failed = (code: string, message: string): JsonAnswer => ({ statusCode: 400, body: jsonError(code, message) });

function parseObject(body: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
