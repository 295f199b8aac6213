import { expect } from 'chai';
import { examples } from './alarm-examples.ts';
import { evaluatePoints } from './evaluate-alarm.ts';
import { evaluateMath } from './metric-math.ts';

describe('The evaluator of alarms', () => {
  for (const { datapointsToAlarm, points, ...states } of examples) {
    it(`decides as CloudWatch's documentation does: ${datapointsToAlarm} of 3, ${points}`, () => {
      const parsed = points.split(' ').map((point) => (point === '-' ? undefined : point === 'X'));
      for (const [treatMissingData, expected] of Object.entries(states)) {
        const rules = { evaluationPeriods: 3, datapointsToAlarm, treatMissingData };
        const [fromOk, fromAlarm] = (['OK', 'ALARM'] as const).map((state) => evaluatePoints(parsed, rules, state));
        const [ok, alarm] = expected === 'RETAIN' ? ['OK', 'ALARM'] : [expected, expected];
        expect([fromOk, fromAlarm], treatMissingData).to.deep.equal([ok, alarm]);
      }
    });
  }

  it('adds and subtracts metrics, some of them filled', () => {
    const series = { a: [1, undefined, 3], b: [undefined, 2, 2], none: [undefined, undefined, undefined] };

    expect(evaluateMath('FILL(a, 0) - FILL(b, 0)', series, 'filled')).to.deep.equal([1, -2, 1]);
    expect(evaluateMath('a + b', series, 'filled')).to.deep.equal([1, 2, 5]);
    expect(evaluateMath('FILL(none, 0)', series, 'filled')).to.deep.equal([0, 0, 0]);
    expect(evaluateMath('FILL(none, 0)', series, 'empty')).to.deep.equal([undefined, undefined, undefined]);
    expect(() => evaluateMath('a * b', series, 'filled')).to.throw('Cannot be evaluated: a * b');
  });
});
