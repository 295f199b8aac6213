import type { GatewayContext } from './context.ts';
import { closeConnection, ENDINGS } from './ending.ts';
import { repeat } from './repeat.ts';

/**
 * One timer for every timeout of the gateway: a pass over all connections costs less than re-arming a timer with each
 * message. @returns stops it
 */
export function startSweep(context: GatewayContext): () => void {
  const { clock, connections, deadlines, limits } = context;
  const intervalMs = limits.sweepIntervalMs ?? defaultIntervalMs(context);
  return repeat(clock, intervalMs, () => {
    const nowMs = clock.nowMs();
    deadlines.sweep(nowMs);
    for (const connection of connections.values()) {
      const idle = nowMs - connection.lastActiveAtMs >= limits.idleTimeoutMs;
      // The code of the two-hour limit is UNCONFIRMED.
      const old = nowMs - connection.facts.connectedAtMs >= limits.connectionDurationMs;
      if (idle || old) closeConnection(context, connection, ENDINGS.goingAway);
    }
  });
}

function defaultIntervalMs({ limits, options }: GatewayContext): number {
  const integrationTimeouts = [...options.api.routes.values()].map((route) => route.integrationTimeoutMs);
  const { idleTimeoutMs, connectionDurationMs, authorizerTimeoutMs } = limits;
  const shortest = Math.min(idleTimeoutMs, connectionDurationMs, authorizerTimeoutMs, ...integrationTimeouts);
  return Math.max(5, Math.min(250, shortest / 20));
}
