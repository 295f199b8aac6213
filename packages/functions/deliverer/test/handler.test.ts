import { createTelemetry } from '@sessions/core/lambda';
import type { DeliveryOutcome, DeliveryTask } from '@sessions/core/sessions';
import { expect } from 'chai';
import { useEnvironment } from '../../../core/test/support/environment.ts';
import { lambdaContext } from '../../../core/test/support/events.ts';
import { captureOutput } from '../../../core/test/support/output.ts';
import { createHandler } from '../src/handler.ts';

const task = { task: 'completeEnd', sessionId: 'faithful-shepherd-427', createdAt: 1_000_000 };
const outcome = { delivered: 2, gone: 1, failed: 0 };

describe('The deliverer function', () => {
  useEnvironment(() => ({ POWERTOOLS_METRICS_NAMESPACE: 'Sessions', POWERTOOLS_SERVICE_NAME: 'deliverer' }));

  /** Invokes it with one event. @returns what it returns or throws, and what it logs */
  async function invoke(event: unknown, deliver: (task: DeliveryTask) => Promise<DeliveryOutcome>) {
    const { result, lines } = await captureOutput(() =>
      Promise.resolve(createHandler({ telemetry: createTelemetry(), deliver })(event, lambdaContext())).catch(
        (error: unknown) => error,
      ),
    );
    return { result, logs: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
  }

  it('runs its task, returns the outcome to the invocation that waits for it, and logs it', async () => {
    const run: DeliveryTask[] = [];
    const { result, logs } = await invoke(task, async (given) => {
      run.push(given);
      return outcome;
    });
    expect(run).to.deep.equal([task]);
    expect(result).to.deep.equal(outcome);
    expect(logs[0]).to.include({ level: 'INFO', message: 'Delivered', task: 'completeEnd', ...outcome });
  });

  it('fails when the task fails, so that Lambda runs it again, and logs why', async () => {
    const { result, logs } = await invoke(task, () => Promise.reject(new Error('broken')));
    expect(result).to.include({ message: 'broken' });
    expect(logs[0]).to.include({ level: 'ERROR', message: 'Failed' });
  });

  it('fails for what is no task, and runs nothing', async () => {
    let runs = 0;
    const { result, logs } = await invoke({ task: 'sing' }, async () => {
      runs++;
      return outcome;
    });
    expect(result).to.be.instanceOf(TypeError);
    expect(runs).to.equal(0);
    expect(logs[0]).to.include({ level: 'ERROR' });
  });
});
