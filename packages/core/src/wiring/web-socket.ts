import { secondsToMs } from '../lambda/settings.ts';
import type { WebSocketHandlerDeps } from '../lambda/web-socket-handler.ts';
import { createConnectionBudget, createLeaveSession, type LeaveSession } from '../sessions/index.ts';
import { type LimitedPorts, openLimitedPorts, type PortsConfig } from './ports.ts';

/** What every function needs that answers messages. */
export interface WebSocketConfig extends PortsConfig {
  readonly RATE_LIMITS_TABLE: string;
  readonly RATE_LIMIT_REFUSALS_PER_MIN: number;
  readonly MAX_ROLELESS_SECONDS: number;
  readonly SPEAKER_GRACE_SECONDS: number;
}

/** The names of these settings, for a function's configuration. */
export const WEB_SOCKET_SETTINGS = [
  'SESSIONS_TABLE',
  'CONNECTIONS_TABLE',
  'RATE_LIMITS_TABLE',
  'MANAGEMENT_ENDPOINT',
  'RATE_LIMIT_REFUSALS_PER_MIN',
  'MAX_ROLELESS_SECONDS',
  'SPEAKER_GRACE_SECONDS',
  'CIRCUIT_BREAKER_SECONDS',
] as const;

export interface WebSocketPorts extends LimitedPorts {
  readonly leaveSession: LeaveSession;
  readonly webSocket: WebSocketHandlerDeps;
}

/** The real ports of a function that answers messages, the budget of connections among them. */
export function openWebSocketPorts(config: WebSocketConfig): WebSocketPorts {
  const ports = openLimitedPorts(config);
  const leaveSession = createLeaveSession({
    ...ports,
    settings: { speakerGraceMs: secondsToMs(config.SPEAKER_GRACE_SECONDS) },
  });
  const budget = createConnectionBudget({
    ...ports,
    leaveSession,
    settings: {
      refusalsPerMinute: config.RATE_LIMIT_REFUSALS_PER_MIN,
      maxRolelessMs: secondsToMs(config.MAX_ROLELESS_SECONDS),
    },
  });
  const { telemetry, push } = ports;
  return { ...ports, leaveSession, webSocket: { telemetry, refusals: { budget, push } } };
}
