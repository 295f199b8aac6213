import { createDeliver } from '@sessions/core/sessions';
import { openDeliverer, openPorts } from '@sessions/core/wiring';
import type { DelivererConfig } from './config.ts';
import type { DelivererDeps } from './handler.ts';

/** The real parts, put together. */
export function wire(config: DelivererConfig): DelivererDeps {
  const ports = openPorts(config);
  const deliverer = openDeliverer(config.DELIVERER_FUNCTION);
  return { telemetry: ports.telemetry, deliver: createDeliver({ ...ports, deliverer }) };
}
