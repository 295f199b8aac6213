import { createDeliver } from '@sessions/core/sessions';
import { openDeliverer, openPorts } from '@sessions/core/wiring';
import type { DelivererConfig } from './config.ts';
import type { DelivererDeps } from './handler.ts';

/** Within it what is throttled is tried again; no invocation is to take longer than 10 s. */
const PUSH_BUDGET_MS = 8000;

/** The real parts, put together. */
export function wire(config: DelivererConfig): DelivererDeps {
  const ports = openPorts(config, PUSH_BUDGET_MS);
  const deliverer = openDeliverer(config.DELIVERER_FUNCTION);
  return { telemetry: ports.telemetry, deliver: createDeliver({ ...ports, deliverer }) };
}
