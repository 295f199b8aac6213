import * as z from 'zod/mini';
import { ServiceError } from '../protocol/index.ts';
import type { Deliverer, DeliveryOutcome } from '../sessions/index.ts';
import type { Invoker } from './invoker.ts';

const outcome = z.object({
  delivered: z.number(),
  gone: z.number(),
  failed: z.number(),
  lastDeliveredAt: z.optional(z.number()),
});

/** Hands tasks to the `deliverer` function. */
export const createDeliverer = (invoker: Invoker): Deliverer => ({
  handOver: (task) => invoker.enqueue(task),
  async run(task) {
    const parsed = outcome.safeParse(await invoker.call(task));
    if (parsed.success) return parsed.data as DeliveryOutcome;
    throw new ServiceError('SERVICE_UNAVAILABLE', 'The deliverer answered something else than an outcome');
  },
});
