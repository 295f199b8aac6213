import { describeDetails, describeIssues, type ServerMessage, type ServerMessageOf } from '@sessions/core/protocol';
import type { DeliveryTask } from '@sessions/core/sessions';
import * as z from 'zod/mini';

const text = () => z.string().check(z.minLength(1));
const offset = () => z.int().check(z.nonnegative());
/** What is sent was made by the service itself; only its form is looked at. */
const message = () => z.custom<ServerMessage>((value) => typeof (value as ServerMessage | null)?.type === 'string');

const task = z.discriminatedUnion('task', [
  z.object({ task: z.literal('notifyListeners'), sessionId: text(), message: message() }),
  z.object({
    task: z.literal('notifyConnection'),
    connectionId: text(),
    message: message(),
    close: z.optional(z.boolean()),
  }),
  z.object({ task: z.literal('completeEnd'), sessionId: text(), createdAt: z.int() }),
  z.object({
    task: z.literal('deliverMessage'),
    sessionId: text(),
    message: z.custom<ServerMessageOf<'message'>>((value) => (value as ServerMessage | null)?.type === 'message'),
    retryUntil: z.number(),
  }),
  z.object({
    task: z.literal('replay'),
    sessionId: text(),
    connectionId: text(),
    epoch: z.int(),
    notBefore: z.int(),
    channels: z.array(z.object({ channel: text(), after: offset(), upTo: offset() })),
  }),
  z.object({
    task: z.literal('notifyShare'),
    sessionId: text(),
    listeners: z.array(z.object({ connectionId: text(), targetLanguage: text(), placeShard: text() })),
    message: message(),
    remove: z.boolean(),
    retryUntil: z.optional(z.number()),
  }),
]);

/** @throws {TypeError} names the fields that are wrong */
export function parseTask(event: unknown): DeliveryTask {
  const result = task.safeParse(event, { jitless: true });
  if (result.success) return result.data as DeliveryTask;
  throw new TypeError(`Not a task of the deliverer: ${describeDetails(describeIssues(result.error.issues, event))}`);
}
