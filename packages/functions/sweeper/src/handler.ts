import middy from '@middy/core';
import { logFailures, type Telemetry, withInvocationScope } from '@sessions/core/lambda';
import type { Sweep, SweepReport } from '@sessions/core/sessions';

export interface SweeperDeps {
  readonly telemetry: Telemetry;
  readonly sweep: Sweep;
}

/** Once a minute, by the schedule. A failed sweep fails visibly: the next one is a minute away. */
export const createHandler = ({ telemetry, sweep }: SweeperDeps) =>
  middy<unknown, SweepReport>()
    .use(withInvocationScope(telemetry))
    .use(logFailures(telemetry))
    .handler(async () => {
      const report = await sweep();
      telemetry.logger.info('Swept', { ...report });
      return report;
    });
