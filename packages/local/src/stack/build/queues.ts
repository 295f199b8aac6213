import type { Queue } from '../model.ts';
import type { Module } from '../module.ts';

/** What changes what a queue does, and cannot be done here. A key changes nothing: nothing here is encrypted. */
const REFUSED = ['redrive_policy', 'redrive_allow_policy', 'policy'];

/** Every queue of the stack. @throws {StackResourceError} one needs what is not there here */
export function buildQueues(module: Module): Queue[] {
  return module.instancesOf('aws_sqs_queue').map((queue) => {
    if (queue.optionalBoolean('fifo_queue') === true) {
      throw queue.fault('fifo_queue', 'only standard queues can be run here: remove it');
    }
    for (const attribute of REFUSED) {
      if (queue.optional(attribute) !== undefined) throw queue.fault(attribute, 'it cannot be run here: remove it');
    }
    return {
      name: queue.text('name'),
      arn: queue.text('arn'),
      url: queue.text('url'),
      // The provider's defaults.
      visibilityTimeoutSeconds: queue.optionalNumber('visibility_timeout_seconds') ?? 30,
      delaySeconds: queue.optionalNumber('delay_seconds') ?? 0,
      waitSeconds: queue.optionalNumber('receive_wait_time_seconds') ?? 0,
      retentionSeconds: queue.optionalNumber('message_retention_seconds') ?? 345_600,
      maximumMessageBytes: queue.optionalNumber('max_message_size') ?? 262_144,
    };
  });
}
