import { expect } from 'chai';
import { readMeasured } from '../../../../scripts/cost/measured.ts';
import { measure } from '../../src/cost/measure.ts';
import { stackOf } from '../../src/cost/stack-facts.ts';

describe('what an operation was counted to use', () => {
  it('is what it uses', async function () {
    this.timeout(120_000);
    const hint = 'scripts/cost/measured.json is out of date: npm run cost:measure, then npm run generate';
    const { operations, ...measured } = await measure();
    const { operations: expected, ...rest } = readMeasured();
    expect(measured, hint).to.deep.equal(rest);
    const { endSession, endSessionPerListener, ...exact } = operations;
    const { endSession: end, endSessionPerListener: endPerListener, ...exactly } = expected;
    expect(exact, hint).to.deep.equal(exactly);
    // The closing of forty shards reaches the notifier in one batch or in several: its reads follow the time.
    for (const [is, was] of [
      [endSession, end],
      [endSessionPerListener, endPerListener],
    ] as const) {
      expect(is.writeUnits, hint).to.equal(was.writeUnits);
      expect(is.messages, hint).to.equal(was.messages);
      expect(is.readUnits, hint).to.be.closeTo(was.readUnits, 4);
    }
  });

  it('agrees with the protocol', () => {
    const { operations } = readMeasured();
    expect(operations.heartbeat.messages).to.equal(2);
    expect(operations.heartbeatWithReminder.messages).to.equal(3);
    // In a transaction two for the item and two for the shard; and the index entry, and its copy of the shard.
    expect(operations.joinSession.writeUnits).to.be.within(5, 6);
    expect(operations.joinSession.functions.connection).to.include({ invocations: 1, awsCallsInSequence: 3 });
    // One consistent look at the session, one at what was announced last; the message. A change of languages is noted
    // before the event and after it.
    expect(operations.statusNotification).to.include({ writeUnits: 0, events: 0, messages: 1 });
    expect(operations.languagesChanged).to.include({ writeUnits: 2, events: 1, messages: 0 });
    expect(operations.createSession.events).to.equal(1);
    expect(operations.endSession.events).to.equal(1);
    expect(operations.sweepPerSession).to.include({ writeUnits: 0, messages: 0 });
    expect(operations.endSessionPerListener.messages).to.equal(1);
    // The message, and the head with the ID.
    expect(operations.publishCaption).to.include({ writeUnits: 2, messages: 0, bytesOut: 0 });
    expect(operations.publishCaption.functions.publisher).to.include({ invocations: 1, awsCallsInSequence: 4 });
    // What is sent is one message, whatever there is in it.
    expect(operations.publishCaptionPerListener).to.include({ writeUnits: 0, messages: 1 });
    expect(operations.publishAudioPerListener).to.include({ writeUnits: 0, messages: 1 });
    expect(operations.publishAudioPerListener.bytesOut).to.be.within(32_000, 32_768);
    // A first sweep: four segments of an empty table, a unit each, and an empty index that may be late, half a unit.
    expect(operations.sweep).to.include({ writeUnits: 0, readUnits: 4.5, messages: 0 });
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
        aws_apigatewayv2_api: { ws: { protocol_type: 'WEBSOCKET' }, web: { protocol_type: 'HTTP' } },
        aws_apigatewayv2_stage: {
          http: {
            api_id: `\${aws_apigatewayv2_api.web.id}`,
            dynamic: { access_log_settings: { content: { format: '{"path":"$context.path"}' } } },
          },
          s: {
            api_id: `\${aws_apigatewayv2_api.ws.id}`,
            dynamic: { access_log_settings: { content: { format: '{"id":"$context.requestId"}' } } },
          },
        },
      },
    });
    expect(architecture).to.equal('arm64');
    // {"id":"…"} are 9 bytes.
    expect(stack).to.deep.equal({ alarmMetrics: 3, dashboards: 1, accessLogBytes: 25 });
  });
});
