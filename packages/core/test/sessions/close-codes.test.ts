import { expect } from 'chai';
import { type Departure, departureOf } from '../../src/sessions/index.ts';

/** Every doubt is `lost`: it costs a speaker who did mean it half a minute, and ends no broadcast by mistake. */
const table: readonly (readonly [code: number, reason: string, departure: Departure, what: string])[] = [
  [1000, '', 'goodbye', 'the client closed with this code'],
  [1000, 'bye', 'goodbye', 'and with a reason of its own'],
  [1000, 'Connection Closed Normally', 'lost', "API Gateway's own words for a connection that the service closed"],
  [1001, 'Going away', 'lost', 'a page that was reloaded, or the two-hour limit'],
  [1001, 'Connection Closed Normally', 'lost', ''],
  [1005, 'Client-side close frame status not set', 'lost', 'a plain close(), or the service on another platform'],
  [1006, '', 'lost', 'the network, or the process'],
  [1002, '', 'lost', 'a protocol error'],
  [1009, '', 'lost', 'a message that was too large'],
  [1011, 'Internal server error', 'lost', ''],
  [1012, '', 'lost', ''],
  [3000, '', 'lost', ''],
  [4000, 'bye', 'lost', 'codes of applications mean nothing to us'],
  [0, '', 'lost', ''],
  [Number.NaN, '', 'lost', ''],
];

describe('The meaning of close codes', () => {
  for (const [code, reason, departure, what] of table) {
    it(`${code}${reason && ` "${reason}"`} is ${departure}${what && `: ${what}`}`, () => {
      expect(departureOf(code, reason)).to.equal(departure);
    });
  }
});
