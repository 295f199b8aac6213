import type { DeliveryOutcome, DeliveryTask } from '@sessions/core/sessions';
import type { AwsCall, LocalStackOptions } from '@sessions/local';

type DeliverMessage = Extract<DeliveryTask, { task: 'deliverMessage' }>;
type Observers = Required<Pick<LocalStackOptions, 'onAwsCall' | 'onInvocation'>>;

/** One post to a connection, as the gateway answered it. */
interface Post {
  readonly connectionId: string;
  /** Absent: the sender broke off before the answer. */
  readonly statusCode: number | undefined;
}

/** A fan-out of a message. */
interface FanOut {
  readonly channel: string;
  readonly offset: number;
  /** What the gateway answered to its posts. */
  readonly answered: DeliveryOutcome;
}

/**
 * The gateway's own account of who got which message: every post that a fan-out made, and its last answer. An instance
 * of a function runs one event at a time, so its posts since the one before are the event's. Sessions of up to 1,000
 * listeners: the fan-out of a larger one is shared out.
 */
export class DeliveryLog implements Observers {
  readonly fanOuts: FanOut[] = [];
  readonly #posts = new Map<string, Post[]>();

  onAwsCall = ({ service, operation, instanceId, resources, statusCode }: AwsCall): void => {
    if (service !== 'execute-api' || operation !== 'PostToConnection' || instanceId === undefined) return;
    const [arn = ''] = resources;
    const posts = this.#posts.get(instanceId) ?? [];
    this.#posts.set(instanceId, posts);
    posts.push({ connectionId: arn.slice(arn.lastIndexOf('/') + 1), statusCode });
  };

  onInvocation: Observers['onInvocation'] = ({ functionName, payloadJson, outcome }) => {
    if (!functionName.endsWith('-deliverer') || !('run' in outcome)) return;
    const { instanceId } = outcome.run;
    const posts = this.#posts.get(instanceId) ?? [];
    this.#posts.delete(instanceId);
    const task = JSON.parse(payloadJson) as DeliveryTask;
    if (task.task !== 'deliverMessage') return;
    const { channel, offset } = (task as DeliverMessage).message;
    this.fanOuts.push({ channel, offset, answered: outcomeOf(posts) });
  };
}

/** A post is retried until it is delivered, or the connection is gone; one that never was, failed. */
function outcomeOf(posts: readonly Post[]): DeliveryOutcome {
  const outcome = { delivered: 0, gone: 0, failed: 0 };
  for (const [, attempts] of Map.groupBy(posts, ({ connectionId }) => connectionId)) {
    const statuses = attempts.map(({ statusCode }) => statusCode);
    if (statuses.includes(200)) outcome.delivered++;
    else if (statuses.includes(410)) outcome.gone++;
    else outcome.failed++;
  }
  return outcome;
}
