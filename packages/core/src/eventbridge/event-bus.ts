import {
  EventBridgeClient,
  PutEventsCommand,
  type PutEventsCommandOutput,
  type PutEventsRequestEntry,
} from '@aws-sdk/client-eventbridge';
import { isTransient } from '../aws/transient.ts';
import { ServiceError } from '../protocol/index.ts';
import type { EventBus } from '../sessions/index.ts';

/** Entries that one call takes. @see EventBridge API reference, PutEvents */
const MAX_ENTRIES = 10;
const MAX_ATTEMPTS = 3;
const CONNECT_TIMEOUT_MS = 1000;
const REQUEST_TIMEOUT_MS = 2000;

export interface EventBusOptions {
  readonly busName: string;
  /** `sessions.<environment>` */
  readonly source: string;
}

/** Lifecycle events on EventBridge. A call can succeed and yet refuse single entries: each is checked. */
export function createEventBus({ busName, source }: EventBusOptions): EventBus {
  const client = new EventBridgeClient({
    maxAttempts: MAX_ATTEMPTS,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
  });

  async function send(command: PutEventsCommand): Promise<PutEventsCommandOutput> {
    try {
      return await client.send(command);
    } catch (cause) {
      if (!isTransient(cause)) throw cause;
      throw new ServiceError('SERVICE_UNAVAILABLE', 'EventBridge does not take events now', { cause });
    }
  }

  async function put(entries: PutEventsRequestEntry[]): Promise<void> {
    const { Entries = [], FailedEntryCount = 0 } = await send(new PutEventsCommand({ Entries: entries }));
    if (FailedEntryCount === 0) return;
    const codes = [...new Set(Entries.flatMap(({ ErrorCode }) => ErrorCode ?? []))].join(', ');
    throw new ServiceError('SERVICE_UNAVAILABLE', `EventBridge refused ${FailedEntryCount} events: ${codes}`);
  }

  return {
    async publish(events) {
      const entries = events.map(({ type, detail }) => ({
        EventBusName: busName,
        Source: source,
        DetailType: type,
        Detail: JSON.stringify(detail),
        Resources: [],
      }));
      for (let start = 0; start < entries.length; start += MAX_ENTRIES) {
        await put(entries.slice(start, start + MAX_ENTRIES));
      }
    },
  };
}
