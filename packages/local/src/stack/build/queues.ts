import type { PolicyDocument, Queue } from '../model.ts';
import type { Module } from '../module.ts';
import type { ResourceInstance } from '../resource-instance.ts';
import { parsePolicy } from './policies.ts';

/** What changes what a queue does, and cannot be done here. A key changes nothing: nothing here is encrypted. */
const REFUSED = ['redrive_policy', 'redrive_allow_policy'];

/** Every queue of the stack. @throws {StackResourceError} one needs what is not there here */
export function buildQueues(module: Module): Queue[] {
  const policies = module.instancesOf('aws_sqs_queue_policy');
  const queues = module.instancesOf('aws_sqs_queue').map((queue) => {
    if (queue.optionalBoolean('fifo_queue') === true) {
      throw queue.fault('fifo_queue', 'only standard queues can be run here: remove it');
    }
    for (const attribute of REFUSED) {
      if (queue.optional(attribute) !== undefined) throw queue.fault(attribute, 'it cannot be run here: remove it');
    }
    const ofQueue = policies.filter((policy) => policy.text('queue_url') === queue.text('url'));
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
      policies: [queue, ...ofQueue].flatMap(policyOf),
    };
  });
  const homeless = policies.find((policy) => !queues.some(({ url }) => url === policy.text('queue_url')));
  if (homeless) throw homeless.fault('queue_url', `the stack has no queue ${homeless.text('queue_url')}`);
  return queues;
}

function policyOf(resource: ResourceInstance): PolicyDocument[] {
  const json = resource.optionalText('policy');
  return json === undefined ? [] : [parsePolicy(json, `${resource.address}.policy`)];
}
