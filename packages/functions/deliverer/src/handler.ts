import middy from '@middy/core';
import { logFailures, type Telemetry, withInvocationScope } from '@sessions/core/lambda';
import type { Deliver, DeliveryOutcome, DeliveryTask } from '@sessions/core/sessions';
import { parseTask } from './task.ts';

export interface DelivererDeps {
  readonly telemetry: Telemetry;
  readonly deliver: Deliver;
}

/** One task. A task that fails is run again by Lambda, and in the end goes to the queue of failed deliveries. */
export const createHandler = ({ telemetry, deliver }: DelivererDeps) =>
  middy<unknown, DeliveryOutcome>()
    .use(withInvocationScope(telemetry))
    .use(logFailures(telemetry))
    .handler(async (event) => {
      const task: DeliveryTask = parseTask(event);
      const outcome = await deliver(task);
      const { delivered, gone, failed } = outcome;
      telemetry.logger.info('Delivered', { task: task.task, delivered, gone, failed });
      return outcome;
    });
