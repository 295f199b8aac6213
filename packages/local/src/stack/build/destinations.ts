import { toObject, toText } from '../expressions/values.ts';
import type { Queue } from '../model.ts';
import type { ResourceInstance } from '../resource-instance.ts';

/**
 * The queue of `destination_config.on_failure`; undefined: there is none.
 * @throws {StackResourceError} it is no queue of the stack, or there is a destination of another kind
 */
export function onFailureArn(resource: ResourceInstance, queues: readonly Queue[]): string | undefined {
  const config = resource.block('destination_config');
  if (!config) return undefined;
  if (isSet(config.on_success)) {
    throw resource.fault('destination_config.on_success', 'it cannot be run here, only on_failure: remove it');
  }
  if (!isSet(config.on_failure)) return undefined;
  const block = Array.isArray(config.on_failure) ? config.on_failure[0] : config.on_failure;
  const { destination, destination_arn: arn = destination } = toObject(block);
  const target = toText(arn);
  if (!queues.some((queue) => queue.arn === target)) {
    throw resource.fault(
      'destination_config.on_failure',
      `${target} is not an aws_sqs_queue of the stack, and only queues can be destinations here`,
    );
  }
  return target;
}

const isSet = (value: unknown): boolean =>
  value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);
