import type { Clock } from '../clock.ts';
import type { FunctionInvoker, RefusalReason } from '../lambda/invoker.ts';
import type { EventRule, EventTarget } from '../stack/model.ts';
import type { BusEvent } from './event.ts';

/** Before the first retry, and at most; doubled in between. AWS says "exponential", and no numbers. */
const RETRY_DELAY_MS = { first: 1000, most: 300_000 };

/** Why a hand-over to a target failed, as AWS calls it. */
export interface DeliveryFailure {
  readonly code: 'NO_PERMISSIONS' | 'ERROR_FROM_TARGET' | 'THROTTLING' | 'INTERNAL_ERROR';
  readonly message: string;
}

/** An event that a target's dead-letter queue gets, with these message attributes. */
export interface DeadLetter {
  readonly queueArn: string;
  readonly event: BusEvent;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface TargetDeliveriesOptions {
  readonly invoker: Pick<FunctionInvoker, 'invokeAsync'>;
  readonly clock: Clock;
  /** Why this hand-over fails, though the target could take it. Default: it does not. */
  readonly failureOf?: ((rule: EventRule, target: EventTarget) => DeliveryFailure | undefined) | undefined;
  readonly onDeadLetter?: ((letter: DeadLetter) => void) | undefined;
  /** An event was given up, and its target has no dead-letter queue. */
  readonly onLost?: ((rule: EventRule, target: EventTarget, failure: DeliveryFailure) => void) | undefined;
}

/** Hands events over to the targets of rules. */
export interface TargetDeliveries {
  deliver(rule: EventRule, target: EventTarget, event: BusEvent): void;
  /** Events that were not handed over by now never are. */
  stop(): void;
}

/**
 * Hands events over to functions: retried as the target's retry policy says, then given to its dead-letter queue. What a
 * retry cannot change, such as a missing permission, goes there at once. What the function does with an event is no longer
 * the bus's affair.
 * @see "Using dead-letter queues to process undelivered events", EventBridge User Guide
 */
export function createTargetDeliveries(options: TargetDeliveriesOptions): TargetDeliveries {
  const { invoker, clock, failureOf, onDeadLetter, onLost } = options;
  const cancels = new Set<() => void>();

  function handOver(rule: EventRule, target: EventTarget, event: BusEvent): DeliveryFailure | undefined {
    const failure = failureOf?.(rule, target);
    if (failure) return failure;
    const input = target.transform ? target.transform(event, rule) : event;
    const source = { principal: 'events.amazonaws.com', sourceArn: rule.arn };
    const reason = invoker.invokeAsync(target.functionArn, input, source);
    return reason && failureFor(reason, target.functionArn);
  }

  function giveUp(rule: EventRule, target: EventTarget, event: BusEvent, { failure, retries, exhausted }: End): void {
    if (target.deadLetterArn === undefined) {
      onLost?.(rule, target, failure);
      return;
    }
    const attributes = {
      RULE_ARN: rule.arn,
      TARGET_ARN: target.functionArn,
      ERROR_CODE: failure.code,
      ERROR_MESSAGE: failure.message,
      RETRY_ATTEMPTS: String(retries),
      ...(exhausted && { EXHAUSTED_RETRY_CONDITION: exhausted }),
    };
    onDeadLetter?.({ queueArn: target.deadLetterArn, event, attributes });
  }

  function attempt(rule: EventRule, target: EventTarget, event: BusEvent, sinceMs: number, retries: number): void {
    const failure = handOver(rule, target, event);
    if (!failure) return;
    const delayMs = Math.min(RETRY_DELAY_MS.first * 2 ** retries, RETRY_DELAY_MS.most);
    const exhausted = exhaustedBy(target, retries, clock.nowMs() + delayMs - sinceMs);
    if (!isRetryable(failure)) giveUp(rule, target, event, { failure, retries });
    else if (exhausted) giveUp(rule, target, event, { failure, retries, exhausted });
    else {
      const cancel = clock.setTimer(() => {
        cancels.delete(cancel);
        attempt(rule, target, event, sinceMs, retries + 1);
      }, delayMs);
      cancels.add(cancel);
    }
  }

  return {
    deliver: (rule, target, event) => attempt(rule, target, event, clock.nowMs(), 0),
    stop() {
      for (const cancel of cancels) cancel();
      cancels.clear();
    },
  };
}

interface End {
  readonly failure: DeliveryFailure;
  readonly retries: number;
  /** The part of the retry policy that ended it; absent: it was not retried. */
  readonly exhausted?: Exhausted;
}

type Exhausted = 'MaximumRetryAttempts' | 'MaximumEventAgeInSeconds';

/** @param ageMs how old the event would be at the next attempt */
function exhaustedBy(
  { maximumRetryAttempts, maximumEventAgeSeconds }: EventTarget,
  retries: number,
  ageMs: number,
): Exhausted | undefined {
  if (retries >= maximumRetryAttempts) return 'MaximumRetryAttempts';
  return ageMs > maximumEventAgeSeconds * 1000 ? 'MaximumEventAgeInSeconds' : undefined;
}

const isRetryable = ({ code }: DeliveryFailure): boolean => code === 'THROTTLING' || code === 'INTERNAL_ERROR';

function failureFor(reason: RefusalReason, functionArn: string): DeliveryFailure {
  if (reason === 'tooLarge') return { code: 'ERROR_FROM_TARGET', message: 'The event is too large for Lambda' };
  return { code: 'NO_PERMISSIONS', message: `EventBridge is not authorized to invoke ${functionArn}` };
}
