import { expect } from 'chai';
import { createLogPrinter } from '../../src/log-printer.ts';

function setUp(json = false) {
  const lines: string[] = [];
  const printer = createLogPrinter({
    json,
    colors: false,
    write: (line) => lines.push(line),
    now: () => new Date(Date.UTC(2026, 10, 23, 12, 0, 0, 5)),
  });
  const log = (line: string) => printer.observers.onLog?.({ functionName: 'buy', stream: 'stdout', line });
  return { lines, log, printer };
}

describe('The log printer', () => {
  it('shortens structured lines of functions for a person', () => {
    const { lines, log } = setUp();

    log('{"level":"WARN","message":"Slow","timestamp":"2026","service":"buy","xray_trace_id":"1","orders":3}');
    log('plain');
    log('');

    expect(lines).to.deep.equal(['12:00:00.005 WARN  buy: Slow {"orders":3}', '12:00:00.005 INFO  buy: plain']);
  });

  it('leaves out what is below its level', () => {
    const lines: string[] = [];
    const { print, observers } = createLogPrinter({
      json: false,
      colors: false,
      minimumLevel: 'INFO',
      write: (line) => lines.push(line),
      now: () => new Date('2026-11-23T12:00:00.005Z'),
    });

    print('DEBUG', 'gateway', 'heartbeat: answered');
    print('WARN', 'gateway', 'refused');
    observers.onLog?.({ functionName: 'buy', stream: 'stdout', line: '{"level":"DEBUG","message":"Started"}' });
    observers.onLog?.({ functionName: 'buy', stream: 'stdout', line: '{"level":"CRITICAL","message":"Lost"}' });
    observers.onLog?.({ functionName: 'buy', stream: 'stdout', line: 'plain' });

    expect(lines).to.deep.equal([
      '12:00:00.005 WARN  gateway: refused',
      '12:00:00.005 ERROR buy: Lost',
      '12:00:00.005 INFO  buy: plain',
    ]);
  });

  it('keeps metrics in the embedded format to machines', () => {
    const metrics = '{"_aws":{"Timestamp":1},"Joins":1}';
    const person = setUp();
    const machine = setUp(true);

    person.log(metrics);
    machine.log(metrics);

    expect(person.lines).to.deep.equal([]);
    expect(machine.lines).to.deep.equal([
      '{"time":"2026-11-23T12:00:00.005Z","source":"buy","log":{"_aws":{"Timestamp":1},"Joins":1}}',
    ]);
  });

  it('tells what connections do, without saying which or whose they are', () => {
    const { lines, printer } = setUp();
    const connection = {
      connectionId: 'TXzPWdnOjoECGjA=',
      stage: 'dev',
      connectedAtMs: 1,
      lastActiveAtMs: 1,
      sourceIp: '203.0.113.7',
    };

    printer.observers.gateway?.onConnection?.(connection);
    printer.observers.gateway?.onDisconnect?.({ ...connection, statusCode: 1001, reason: 'Going away' });
    printer.observers.gateway?.onRefusal?.({ statusCode: 401, reason: 'Unauthorized' });

    expect(lines).to.deep.equal([
      '12:00:00.005 INFO  gateway: connected to dev',
      '12:00:00.005 INFO  gateway: disconnected: 1001 Going away',
      '12:00:00.005 WARN  gateway: refused with 401: Unauthorized',
    ]);
  });

  it('shows failed invocations', () => {
    const { lines, printer } = setUp();
    const run = { instanceId: 'buy#1', coldStart: false, initMs: 0, durationMs: 1 };
    const record = {
      functionName: 'buy',
      requestId: 'r',
      kind: 'sync',
      payloadJson: '{}',
      attempt: 1,
      totalMs: 1,
    } as const;
    const error = { errorType: 'TypeError', errorMessage: 'no such thing', trace: [] };

    printer.observers.onInvocation?.({ ...record, outcome: { kind: 'failed', error, run } });
    printer.observers.onInvocation?.({ ...record, outcome: { kind: 'returned', payloadJson: '1', run } });

    expect(lines).to.deep.equal(['12:00:00.005 ERROR buy: failed: TypeError: no such thing']);
  });
});
