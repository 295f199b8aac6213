import { createDisconnect, createEndOwnSession } from '@sessions/core/sessions';
import { openWebSocketPorts } from '@sessions/core/wiring';
import type { DisconnectConfig } from './config.ts';
import type { DisconnectDeps } from './handler.ts';

/** The real parts, put together. */
export function wire(config: DisconnectConfig): DisconnectDeps {
  const ports = openWebSocketPorts(config);
  return {
    webSocket: ports.webSocket,
    disconnect: createDisconnect(ports),
    endOwnSession: createEndOwnSession(ports),
  };
}
