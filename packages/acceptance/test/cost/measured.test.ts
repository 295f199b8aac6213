import { expect } from 'chai';
import { readMeasured } from '../../../../scripts/cost/measured.ts';
import { measure } from '../../src/cost/measure.ts';
import { stackOf } from '../../src/cost/stack-facts.ts';

describe('what an operation was counted to use', () => {
  it('is what it uses', async function () {
    this.timeout(120_000);
    const hint = 'scripts/cost/measured.json is out of date: npm run cost:measure, then npm run generate';
    expect(await measure(), hint).to.deep.equal(readMeasured());
  });

  it('agrees with the protocol', () => {
    const { operations } = readMeasured();
    expect(operations.heartbeat.messages).to.equal(2);
    expect(operations.heartbeatWithReminder.messages).to.equal(3);
    // The item, the index entry, the session's count.
    expect(operations.joinSession.writeUnits).to.equal(3);
    // Taking it on; an eventually consistent look at the index; the message.
    expect(operations.statusPush).to.include({ writeUnits: 1, readUnits: 0.5, messages: 1 });
    expect(operations.statusPush.functions.connection).to.include({ invocations: 0, awsCallsInSequence: 3 });
    expect(operations.sweepPerSession).to.include({ writeUnits: 0, messages: 1 });
    // One push each; the item and its index entry go.
    expect(operations.endSessionPerListener).to.include({ messages: 1, writeUnits: 2 });
    // Two empty tables.
    expect(operations.sweep).to.include({ writeUnits: 0, readUnits: 2, messages: 0 });
  });
});

describe('what a synthesized stack is paid for', () => {
  it('is counted: an alarm by its metrics, a line of the access log by its variables', () => {
    const { stack, architecture } = stackOf({
      resource: {
        aws_lambda_function: { a: { architectures: ['arm64'] }, b: { architectures: ['arm64'] } },
        aws_cloudwatch_metric_alarm: {
          plain: {},
          ratio: { metric_query: [{ metric: {} }, { metric: {} }, { expression: 'a/b' }] },
        },
        aws_cloudwatch_dashboard: { one: {} },
        aws_apigatewayv2_stage: {
          s: { dynamic: { access_log_settings: { content: { format: '{"id":"$context.requestId"}' } } } },
        },
      },
    });
    expect(architecture).to.equal('arm64');
    // {"id":"…"} are 9 bytes.
    expect(stack).to.deep.equal({ alarmMetrics: 3, dashboards: 1, accessLogBytes: 25 });
  });
});
