import {
  EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
  TestEventPatternCommand,
} from '@aws-sdk/client-eventbridge';
import { isRemote, startedTarget, urlVariableOf } from './targets.ts';

/** What every event has. */
const envelope = {
  version: '0',
  id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
  'detail-type': 'Order',
  source: 'shop',
  account: '111122223333',
  time: '2026-01-02T03:04:05Z',
  region: 'us-east-1',
  resources: [] as string[],
};

/** EventBridge as the SDK calls it: where its variable says, or that of the fixture's main API. */
async function client(): Promise<EventBridgeClient> {
  if (isRemote) {
    const url = process.env[urlVariableOf('events')];
    if (!url) throw new Error(`Set ${urlVariableOf('events')} to the endpoint of EventBridge`);
    return new EventBridgeClient({ endpoint: url, region: process.env.AWS_REGION ?? 'us-east-1', maxAttempts: 1 });
  }
  const { stack, credentials, region } = await startedTarget('main');
  return new EventBridgeClient({ endpoint: stack.endpoint, credentials, region, maxAttempts: 1 });
}

/** Whether a pattern matches an event with this detail, or these fields beside it. */
export async function matches(pattern: object, detail: object, fields: object = {}): Promise<boolean | undefined> {
  const bus = await client();
  try {
    const Event = JSON.stringify({ ...envelope, ...fields, detail });
    return (await bus.send(new TestEventPatternCommand({ EventPattern: JSON.stringify(pattern), Event }))).Result;
  } finally {
    bus.destroy();
  }
}

/** The name of the error with which a pattern is refused. */
export const refusalOfPattern = (pattern: object): Promise<string> => failureOf(matches(pattern, {}));

/** An entry that is taken. */
export const order: PutEventsRequestEntry = { Source: 'shop', DetailType: 'Order', Detail: '{"order":1}' };

export async function putEvents(entries: readonly PutEventsRequestEntry[]) {
  const bus = await client();
  try {
    const { FailedEntryCount, Entries = [] } = await bus.send(new PutEventsCommand({ Entries: [...entries] }));
    return { FailedEntryCount, Entries };
  } finally {
    bus.destroy();
  }
}

export async function failureOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
  throw new Error('expected an error');
}
