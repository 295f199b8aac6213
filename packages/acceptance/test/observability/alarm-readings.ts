import type { AlarmKey } from '../../../../infra/src/observability/alarms.ts';

/** The values of a metric within each period, oldest first; the last period ends now. Before them, there is nothing. */
export type Readings = readonly (readonly number[])[];

const ones = (count: number): number[] => Array<number>(count).fill(1);

/** A hundred people, some of whom had to wait. */
const hundred = (slow: number, slowMs: number): number[] =>
  Array.from({ length: 100 }, (_, person) => (person < slow ? slowMs : 40));

/** Also when the newest period has no values yet, where `FILL` puts a zero. */
const orLate = (fires: number, isOk: number) => ({
  fires: [[ones(fires)], [ones(fires), []]],
  isOk: [[ones(isOk)], [ones(isOk), ones(isOk)]],
});

const single = (fires: number, isOk: number) => ({ fires: [[ones(fires)]], isOk: [[ones(isOk)]] });

/** What each alarm is to fire on, and what not, with the thresholds as they are by default. */
export const readingsOf: Readonly<
  Record<AlarmKey, { readonly fires: readonly Readings[]; readonly isOk: readonly Readings[] }>
> = {
  'session-creation-latency': {
    fires: [
      [[2001], [2001]],
      [[2500], [60], [2500]],
    ],
    // At the threshold; one cold start, of a metric with few values.
    isOk: [[[2000], [2000], [2000]], [[9000]], [[60], [9000], [60]]],
  },
  'listener-join-latency': {
    fires: [[hundred(6, 2001), hundred(6, 2001)]],
    isOk: [[hundred(5, 9000), hundred(5, 9000), hundred(5, 9000)], [hundred(100, 9000)], [[2000], [2000], [2000]]],
  },
  'heartbeat-latency': {
    fires: [
      [[1001], [20], [1001], [20], [1001]],
      [hundred(6, 1001), hundred(6, 1001), hundred(6, 1001)],
    ],
    isOk: [
      [[1001], [20], [20], [20], [1001]],
      [[1000], [1000], [1000], [1000], [1000]],
    ],
  },
  'connection-errors': single(5, 4),
  'refused-requests': single(1000, 999),
  'rate-limits-unavailable': single(5, 4),
  // The value is how many deliveries of one message failed: many of one, or a few of each.
  'message-failures': {
    fires: [[[100]], [ones(100)], [[0, 60, 0, 40]]],
    isOk: [[[99]], [[99], [99]], [[0, 0, 0]]],
  },
  'message-delivery-time': {
    // Of a hundred, two: the 99th is slow.
    fires: [
      [hundred(2, 5001), hundred(2, 5001)],
      [[5001], [40], [9500]],
    ],
    isOk: [
      [hundred(1, 9500), hundred(1, 9500), hundred(1, 9500)],
      [[5000], [5000], [5000]],
      [[9500]],
      [[40], [9500], [40]],
    ],
  },
  // Twice: one period is enough for all but the authorizer, of which there is a test.
  'function-errors': { fires: [[ones(3), ones(3)]], isOk: [[ones(2), ones(2), ones(2)]] },
  'function-throttles': { fires: [[[1]]], isOk: [[[0]]] },
  'table-throttles': orLate(10, 9),
  'table-errors': orLate(5, 4),
  'join-attempts': {
    // Of a hundred, two: the 99th is slow.
    fires: [
      [
        [...ones(98), 5, 5],
        [...ones(98), 5, 5],
      ],
      [[8], [1], [8]],
    ],
    isOk: [
      [
        [...ones(99), 8],
        [...ones(99), 8],
        [...ones(99), 8],
      ],
      [[4], [4], [4]],
      [[8]],
      [[1], [8], [1]],
    ],
  },
  'iterator-age': {
    fires: [
      [[30_000], [30_000]],
      [[20, 45_000], [300], [90_000]],
    ],
    // Just below; one batch that waited for a retry.
    isOk: [[[29_999], [29_999], [29_999]], [[120_000]], [[20], [60_000], [20]]],
  },
  // A message counts in every minute: one is enough, and none is none.
  'failure-queue': {
    fires: [[[0, 0, 1, 1, 1]], [[7]]],
    isOk: [[[0, 0, 0, 0, 0]], [[1], [0, 0, 0, 0, 0]]],
  },
  'destination-failures': { fires: [[[1]]], isOk: [[[0]]] },
  'async-events-dropped': { fires: [[[1]]], isOk: [[[0]]] },
  'sweeper-not-running': {
    fires: [[]],
    // However many sessions there are, none included; and one sweep in five minutes is one.
    isOk: [
      [[0], [0], [0], [0], [0]],
      [[7], [], [], [], []],
    ],
  },
  // The value is how many connections were silent.
  'sweep-braked': { fires: [[[500]], [[1]]], isOk: [[], [[0], [0]]] },
  'active-sessions': {
    fires: [
      [[80], [80]],
      [[95], [79], [80]],
    ],
    isOk: [[[79], [79], [79]], [[100]]],
  },
  'api-execution-errors': single(5, 4),
  'api-integration-errors': single(100, 99),
  'api-client-errors': single(1000, 999),
  'http-api-errors': single(5, 4),
};
