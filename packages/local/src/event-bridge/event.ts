import { randomUUID } from 'node:crypto';

/** An event as rules match it, and as targets get it. @see "Amazon EventBridge events", EventBridge User Guide */
export interface BusEvent {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  /** RFC 3339, in whole seconds. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

/** An event that a bus has taken, and what became of it. */
export interface BusDelivery {
  readonly busName: string;
  readonly event: BusEvent;
  /** Names of the rules that matched. */
  readonly rules: readonly string[];
}

/** Completes what a publisher said of an event. */
export function createEvent(
  entry: Pick<BusEvent, 'detail-type' | 'source' | 'resources' | 'detail'>,
  { account, region, atMs }: { readonly account: string; readonly region: string; readonly atMs: number },
): BusEvent {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': entry['detail-type'],
    source: entry.source,
    account,
    time: `${new Date(atMs).toISOString().slice(0, 19)}Z`,
    region,
    resources: entry.resources,
    detail: entry.detail,
  };
}
