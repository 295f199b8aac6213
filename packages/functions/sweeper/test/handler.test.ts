import { createTelemetry } from '@sessions/core/lambda';
import { expect } from 'chai';
import { lambdaContext } from '../../../core/test/support/events.ts';
import { captureOutput } from '../../../core/test/support/output.ts';
import { createHandler } from '../src/handler.ts';

describe('The sweeper function', () => {
  const report = { ended: 1, continued: 2, silent: 3, removed: 4, isComplete: true };

  it('sweeps, and says what it did', async () => {
    const { result, lines } = await captureOutput(() =>
      Promise.resolve(createHandler({ telemetry: createTelemetry(), sweep: async () => report })({}, lambdaContext())),
    );
    expect(result).to.deep.equal(report);
    expect(JSON.parse(lines[0] ?? '')).to.include({ message: 'Swept', ...report });
  });

  it('fails when the sweep fails, so that the alarm on its errors sees it, and logs why', async () => {
    const sweep = async () => {
      throw new Error('broken');
    };
    const { result, lines } = await captureOutput(() =>
      Promise.resolve(createHandler({ telemetry: createTelemetry(), sweep })({}, lambdaContext())).catch(
        (error: unknown) => error,
      ),
    );
    expect(result).to.include({ message: 'broken' });
    expect(lines.join('\n')).to.contain('"level":"ERROR"').and.to.contain('broken');
  });
});
