import * as z from 'zod/mini';
import { OperatorError } from '../errors.ts';
import type { Outputs } from '../outputs.ts';
import { counted } from '../text.ts';
import type { DeliveryPayload, Failure, StreamBatch } from './failure.ts';
import type { Invoke } from './invoke.ts';
import { type LambdaRecord, readBatch } from './stream-batch.ts';

/** As many as the mapping hands to the notifier; they stay far below the 6 MB of an invocation. */
const MAX_RECORDS = 100;

const outcome = z.object({ delivered: z.number(), gone: z.number(), failed: z.number() });
const batchResponse = z.object({ batchItemFailures: z.array(z.unknown()) });

export interface ReplayDeps {
  readonly outputs: Outputs;
  readonly invoke: Invoke;
  readonly read?: (batch: StreamBatch) => Promise<LambdaRecord[]>;
}

/**
 * Does again what failed, and waits for it. Doing it twice does no harm: receivers ignore older revisions, an end only goes
 * on, and events are published at least once.
 * @returns what came of it, in words
 * @throws {OperatorError} it failed again: nothing is lost
 */
export function createReplay({ outputs, invoke, read = readBatch }: ReplayDeps) {
  /** The deliverer gets the event that it failed with. */
  async function replayDelivery(payload: DeliveryPayload): Promise<string> {
    const result = outcome.safeParse(await invoke(outputs.deliverer_function_name, payload));
    if (!result.success) throw new OperatorError('the deliverer answered something else than an outcome');
    const { delivered, gone, failed } = result.data;
    return `delivered ${delivered}, gone ${gone}, failed ${failed}`;
  }

  /**
   * The notifier gets the same changes once more, from the stream. It decides from them alone, so that what was missed
   * follows exactly: deliveries, ends, and every lifecycle event.
   */
  async function replayChanges(batch: StreamBatch): Promise<string> {
    const records = await read(batch);
    for (let start = 0; start < records.length; start += MAX_RECORDS) {
      const Records = records.slice(start, start + MAX_RECORDS);
      const result = batchResponse.safeParse(await invoke(outputs.notifier_function_name, { Records }));
      if (!result.success) throw new OperatorError('the notifier answered something else than the failures of a batch');
      if (result.data.batchItemFailures.length > 0) {
        throw new OperatorError('the notifier could not hand the changes over; its log says why');
      }
    }
    return `${counted(records.length, 'change')} handed to the notifier`;
  }

  return ({ what }: Failure): Promise<string> => {
    switch (what.kind) {
      case 'delivery':
        return replayDelivery(what.payload);
      case 'changes':
        return replayChanges(what.batch);
      case 'unreadable':
        throw new OperatorError('Lambda did not write this message: it can be shown and deleted, not replayed');
    }
  };
}
export type Replay = ReturnType<typeof createReplay>;
