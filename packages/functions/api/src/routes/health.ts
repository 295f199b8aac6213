import { type HttpRoute, jsonResult } from '@sessions/core/lambda';
import type { Health } from '@sessions/core/protocol';
import type { CheckHealth } from '@sessions/core/sessions';

/** `GET /health`: whether the service can work at all. */
export const healthRoute =
  (checkHealth: CheckHealth): HttpRoute =>
  async () => {
    await checkHealth();
    return jsonResult(200, { status: 'ok' } satisfies Health);
  };
