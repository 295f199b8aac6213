import { expect } from 'chai';
import { type AlarmKey, alarmKeys } from '../../../../infra/src/observability/alarms.ts';
import { STACK_FILE } from '../../src/system.ts';
import { type Readings, readingsOf } from './alarm-readings.ts';
import { foundBy, whyNeverSeen } from './check-metric.ts';
import { emittedMetrics } from './emitted-metrics.ts';
import { type AlarmState, type CloudWatchAlarm, evaluateAlarm } from './evaluate-alarm.ts';
import { type MetricId, MetricStore } from './metric-store.ts';
import { type ObservedStack, readObservedStack } from './observed-stack.ts';

const NOON_MS = Date.UTC(2026, 10, 24, 12);
/** Of metric math on a metric without any value, AWS does not say what comes out: both must do. */
const emptyFills = ['filled', 'empty'] as const;

let emitted: MetricStore;
let stack: ObservedStack;
let prepared: Promise<void> | undefined;

/** Once for both suites; not a root hook, which would run for every other file too. */
function prepare(this: Mocha.Context): Promise<void> {
  this.timeout(60_000);
  prepared ??= Promise.all([emittedMetrics(), readObservedStack(STACK_FILE)]).then((both) => {
    [emitted, stack] = both;
  });
  return prepared;
}

const keyOf = ({ description }: CloudWatchAlarm) => description.split('docs/operations.md#')[1] as AlarmKey;

const alarmNamed = (name: string): CloudWatchAlarm => {
  const alarm = stack.alarms.find((candidate) => candidate.name === name);
  if (!alarm) throw new Error(`The stack has no alarm ${name}`);
  return alarm;
};

/** Why no value would ever come of the metrics that an alarm watches. */
const problemsOf = (alarm: CloudWatchAlarm): string[] =>
  alarm.metrics.flatMap((watched) => whyNeverSeen(watched, stack.resources, emitted) ?? []);

/** The metric whose rise is the bad news: of several that are added up, each. */
const watchedBy = ({ metrics, expression }: CloudWatchAlarm): MetricId[] =>
  metrics.filter(({ id }) => !expression?.includes(`- FILL(${id}, 0)`)).map(({ metric }) => metric);

/** What CloudWatch has at noon, if these were the values of a metric. */
function storeOf(periodSeconds: number, readings: readonly (readonly [MetricId, Readings])[]): MetricStore {
  const store = new MetricStore();
  for (const [metric, periods] of readings) {
    for (const [index, values] of periods.entries()) {
      const timestampMs = NOON_MS - (periods.length - index) * periodSeconds * 1000;
      for (const value of values) store.add({ ...metric, value, timestampMs });
    }
  }
  return store;
}

/** The states that an alarm comes to at noon, whatever it was in and however `FILL` works. */
function statesOf(alarm: CloudWatchAlarm, readings: readonly (readonly [MetricId, Readings])[]): AlarmState[] {
  const store = storeOf(alarm.metrics[0]?.periodSeconds ?? 0, readings);
  const states = (['OK', 'ALARM', 'INSUFFICIENT_DATA'] as const).flatMap((state) =>
    emptyFills.map((emptyFill) => evaluateAlarm(alarm, store, { nowMs: NOON_MS, state, emptyFill })),
  );
  return [...new Set(states)];
}

describe('The alarms', () => {
  before(prepare);

  it('are all there', () => {
    expect([...new Set(stack.alarms.map(keyOf))].sort()).to.deep.equal([...alarmKeys].sort());
    expect(stack.alarms).to.have.length(53);
  });

  it('watch metrics that the functions really emit, or that AWS has of resources of the stack', () => {
    for (const alarm of stack.alarms) {
      expect(alarm.metrics, alarm.name).to.not.deep.equal([]);
      expect(problemsOf(alarm), alarm.name).to.deep.equal([]);
    }
  });

  it('would be caught watching what nobody ever sees', () => {
    const change = (name: string, metric: Partial<MetricId>, statistic = 'Sum') => {
      const alarm = alarmNamed(name);
      return problemsOf({
        ...alarm,
        metrics: alarm.metrics.map((watched) => ({ ...watched, statistic, metric: { ...watched.metric, ...metric } })),
      });
    };
    const own = 'sessions-dev-connection-errors';
    const lambda = 'sessions-dev-function-errors-refresh';
    const table = 'sessions-dev-table-throttles-rate-limits';
    const age = 'sessions-dev-iterator-age';
    const queue = 'sessions-dev-failure-queue-changes';
    expect(change(own, {})).to.deep.equal([]);
    for (const [problems, expected] of [
      [change(own, { name: 'ConnectionError' }), 'Nothing emits'],
      [change(own, { dimensions: { fault: 'service', service: 'connection' } }), 'Nothing emits'],
      [change(own, { dimensions: { fault: 'nobody' } }), 'Nothing emits'],
      [change(own, { dimensions: {} }), 'Nothing emits'],
      [change(own, { namespace: 'Sessions/prod' }), 'Nothing emits'],
      [change(lambda, { name: 'Error' }), 'AWS has no such metric'],
      [change(lambda, { dimensions: { FunctionName: 'sessions-dev-refresher' } }), 'The stack has no FunctionName'],
      [change(lambda, { dimensions: { Function: 'sessions-dev-refresh' } }), 'AWS has no such dimensions'],
      [
        change(table, { dimensions: { TableName: 'sessions-dev-rate-limits', Operation: 'UpdateItem' } }),
        'AWS has no such dimensions',
      ],
      [change(table, {}, 'Average'), 'Average says nothing about'],
      [change(age, { dimensions: { EventSourceMappingUUID: 'x' } }, 'Maximum'), 'AWS has no such dimensions'],
      [change(age, {}, 'Sum'), 'Sum says nothing about'],
      [change(queue, { dimensions: { QueueName: 'sessions-dev-changes' } }, 'Maximum'), 'The stack has no QueueName'],
    ] as const) {
      expect(problems).to.not.deep.equal([]);
      for (const problem of problems) expect(problem).to.include(expected);
    }
  });

  it('fire when it is time, and on nothing less', () => {
    for (const alarm of stack.alarms) {
      const { fires, isOk } = readingsOf[keyOf(alarm)];
      for (const metric of watchedBy(alarm)) {
        for (const readings of fires) {
          const about = `${alarm.name}: ${JSON.stringify([metric.dimensions, readings])}`;
          expect(statesOf(alarm, [[metric, readings]]), about).to.deep.equal(['ALARM']);
        }
        for (const readings of isOk) {
          const about = `${alarm.name}: ${JSON.stringify([metric.dimensions, readings])}`;
          expect(statesOf(alarm, [[metric, readings]]), about).to.deep.equal(['OK']);
        }
      }
    }
  });

  it('end when all is quiet, except that of the sweeper', () => {
    for (const alarm of stack.alarms) {
      const expected = alarm.name === 'sessions-dev-sweeper-not-running' ? 'ALARM' : 'OK';
      expect(statesOf(alarm, []), alarm.name).to.deep.equal([expected]);
    }
  });

  it('about a table add up what happens to it, its index and its operations', () => {
    for (const [name, count] of [
      ['sessions-dev-table-throttles-connections', 4],
      ['sessions-dev-table-throttles-sessions', 4],
      ['sessions-dev-table-errors-sessions', 7],
    ] as const) {
      const alarm = alarmNamed(name);
      const metrics = watchedBy(alarm);
      expect(metrics, name).to.have.length(count);
      const perMetric = Math.ceil(alarm.threshold / count);
      const few = metrics.map((metric) => [metric, [[perMetric - 1]]] as const);
      const enough = metrics.map((metric) => [metric, [[perMetric]]] as const);
      expect(statesOf(alarm, few), name).to.deep.equal(['OK']);
      expect(statesOf(alarm, enough), name).to.deep.equal(['ALARM']);
    }
  });

  it('about the authorizer do not count the bad tokens that it refused', () => {
    const alarm = alarmNamed('sessions-dev-function-errors-authorizer');
    const [errors, refused] = alarm.metrics.map(({ metric }) => metric);
    if (!errors || !refused) throw new Error('The alarm is not about two metrics');
    const after = (failed: Readings, refusals: Readings) =>
      statesOf(alarm, [
        [errors, failed],
        [refused, refusals],
      ]);
    expect(after([[500], [500], [500]], [[500], [500], [500]])).to.deep.equal(['OK']);
    expect(after([[502], [502], [502]], [[500], [500], [500]])).to.deep.equal(['OK']);
    expect(after([[503], [500], [503]], [[500], [500], [500]])).to.deep.equal(['ALARM']);
    // The refusals of the newest period have not arrived yet; all the others fire at once.
    expect(after([[500], [500], [500]], [[500], [500], []])).to.deep.equal(['OK']);
    const ofRefresh = alarmNamed('sessions-dev-function-errors-refresh');
    expect(
      statesOf(
        ofRefresh,
        watchedBy(ofRefresh).map((metric) => [metric, [[3]]]),
      ),
    ).to.deep.equal(['ALARM']);
    // One bad token was refused in the run: it counts once.
    expect(emitted.values(refused, 0, Number.POSITIVE_INFINITY)).to.deep.equal([1]);
  });

  it('of the errors fire on what the functions wrote, once the thresholds are low enough', async () => {
    const low = { alarm_connection_errors: '1', alarm_refused_requests: '1', alarm_rate_limits_unavailable: '1' };
    const { alarms } = await readObservedStack(STACK_FILE, low);
    const nowMs = emitted.lastMs() + 300_000;
    const firing = alarms.filter((alarm) => evaluateAlarm(alarm, emitted, { nowMs, state: 'OK' }) === 'ALARM');
    const names = firing.map(({ name }) => name).filter((name) => !name.includes('latency'));
    // The sweeper is at rest since the system was stopped.
    expect(names.filter((name) => name !== 'sessions-dev-sweeper-not-running')).to.deep.equal([
      'sessions-dev-connection-errors',
      'sessions-dev-rate-limits-unavailable',
      'sessions-dev-refused-requests',
      'sessions-dev-sweep-braked',
    ]);
  });
});

describe('The dashboard', () => {
  before(prepare);

  it('shows only what there is', () => {
    expect(stack.widgets).to.have.length.above(15);
    for (const { title, metrics, searches, logGroups } of stack.widgets) {
      expect(metrics.length + searches.length + logGroups.length, title).to.be.above(0);
      const problems = metrics.flatMap((line) => whyNeverSeen(line, stack.resources, emitted) ?? []);
      expect(problems, title).to.deep.equal([]);
      for (const search of searches) expect(foundBy(search, emitted), `${title}: ${search}`).to.not.deep.equal([]);
      expect([...stack.resources.logGroups], title).to.include.members([...logGroups]);
    }
  });

  it('has a search that finds every code of an error, and no sums over them', () => {
    const [search = ''] = stack.widgets.find(({ title }) => title === 'Errors by code')?.searches ?? [];
    expect(foundBy(search, emitted).map(({ dimensions }) => dimensions)).to.have.deep.members([
      { service: 'authorizer', code: 'UNAUTHORIZED' },
      { service: 'connection', code: 'INVALID_SESSION_ID' },
      { service: 'connection', code: 'RATE_LIMIT_EXCEEDED' },
      { service: 'heartbeat', code: 'SERVICE_UNAVAILABLE' },
    ]);
    expect(foundBy(search.replace('code', 'codes'), emitted)).to.deep.equal([]);
  });
});
