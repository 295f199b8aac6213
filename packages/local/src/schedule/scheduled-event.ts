import { randomUUID } from 'node:crypto';
import type { Schedule } from '../stack/model.ts';

/**
 * The event that a schedule without an input of its own sends.
 * @see "Creating an Amazon EventBridge rule that runs on a schedule", EventBridge User Guide
 */
export function scheduledEvent(
  { arn, principal }: Pick<Schedule, 'arn' | 'principal'>,
  { accountId, region, atMs }: { accountId: string; region: string; atMs: number },
): Readonly<Record<string, unknown>> {
  const isRule = principal === 'events.amazonaws.com';
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: isRule ? 'aws.events' : 'aws.scheduler',
    account: accountId,
    // Whole seconds, as EventBridge writes them.
    time: `${new Date(atMs).toISOString().slice(0, 19)}Z`,
    region,
    resources: [arn],
    detail: isRule ? {} : '{}',
  };
}
