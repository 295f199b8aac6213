import { expect } from 'chai';
import { recordedChoices, seededChoices } from '../src/choices.ts';
import { explore } from '../src/explore.ts';
import { MUTATIONS } from '../src/mutations.ts';
import { makePlan } from '../src/plan.ts';
import { describeSchedule } from '../src/report.ts';
import { runSchedule } from '../src/run-schedule.ts';
import { kindOf, shrink } from '../src/shrink.ts';

/** What shows each of the defects. */
const SHOWN_BY: Readonly<Record<string, RegExp>> = {
  'defect 3: a late refresh wins': /ended \(speaker(Lost|Left)\) while S\d speaks/,
  'defect 5: a place moves in two writes': /has lost its place, without having left/,
  'the head is raised after the delivery': /was shown at \d+ of \w+@\d+, whose head is \d+/,
  'a message is stored over another one': /offset \d+ of \w+@\d+ was used for m\d+, and again for m\d+/,
  'a join reads the heads before it takes the place': /was shown \w+ up to \d+: it goes up to \d+ \(deliveries\)/,
  'what is lost counts as held': /was shown \w+ up to \d+: it goes up to \d+ \(heartbeats\)/,
  'replays are dropped': /was shown \w+ up to \d+: it goes up to \d+ \((deliveries|heartbeats)\)/,
  'defect 7: two sweeps agree on a wrong count': /is oversold: \d+ listeners, \d+ places/,
};

describe('The explorer', () => {
  it('finds nothing wrong in thousands of schedules of the service as it is', async () => {
    const { schedules, steps, finding } = await explore({ seed: 1, schedules: 3000 });

    expect(finding?.violation, JSON.stringify(finding?.schedule)).to.equal(undefined);
    expect(schedules).to.equal(3000);
    expect(steps).to.be.greaterThan(100_000);
  }).timeout(120_000);

  for (const mutation of MUTATIONS) {
    it(`finds ${mutation.name}, within 20,000 schedules`, async () => {
      const { finding } = await explore({ seed: 1, schedules: 20_000, mutation });

      expect(finding?.violation).to.match(SHOWN_BY[mutation.name] as RegExp);
    }).timeout(120_000);
  }

  it('repeats a schedule from its choices, step by step', async () => {
    const plan = makePlan(42);
    const first = await runSchedule({ plan, choices: seededChoices(42), isTraced: true });
    const second = await runSchedule({ plan, choices: recordedChoices(first.choices), isTraced: true });

    expect(second.trace).to.deep.equal(first.trace);
    expect(first.trace.length).to.be.greaterThan(20);
  });

  it('makes a schedule smaller, which still shows the same, and says what happens in it', async () => {
    const mutation = MUTATIONS[0];
    const { finding } = await explore({ seed: 1, schedules: 20_000, mutation });
    if (finding === undefined) throw new Error('There is no finding');
    const small = await shrink(finding.schedule, finding.violation, mutation);
    const lines = await describeSchedule(small, mutation);

    expect(small.plan.operations.length).to.be.at.most(4);
    expect(kindOf(lines.at(-1) ?? '')).to.equal(`VIOLATED: ${kindOf(finding.violation)}`);
    expect(lines.join('\n')).to.include('moveSpeaker');
  }).timeout(120_000);
});
