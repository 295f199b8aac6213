import type { LocalTime } from './service-clock.ts';

/**
 * Offered as a subprotocol, asks a local stack to say how fast its time runs. Only ever over `ws:`, which no deployed
 * service speaks. @see docs/local.md, "Time"
 */
export const LOCAL_TIME_SUBPROTOCOL = 'local-time.v1';

/** Whether a service at this address may be a local stack: API Gateway takes TLS only. */
export const mayBeLocal = (url: string): boolean => /^ws:/i.test(url);

/** What a local stack says of its time; undefined: something else. */
export function localTimeOf(message: unknown): LocalTime | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const { localTime } = message as { localTime?: Partial<LocalTime> };
  const { nowMs, scale } = localTime ?? {};
  if (typeof nowMs !== 'number' || typeof scale !== 'number' || !(scale > 0)) return undefined;
  return { nowMs, scale };
}
