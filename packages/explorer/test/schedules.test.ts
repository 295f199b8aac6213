import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { recordedChoices } from '../src/choices.ts';
import { runSchedule } from '../src/run-schedule.ts';
import type { Schedule } from '../src/shrink.ts';

/** Schedules that showed a fault of the service once, made small, and what the fault was. */
const FOUND: Readonly<Record<string, string>> = {
  'session-id-used-again':
    'announces the start of a session whose item was written over one that had ended, and was not removed yet',
  'killed-between-event-and-note':
    'announces the languages again when the notifier was killed after the event, and they changed back meanwhile',
  'languages-announced-by-two':
    'does not let a speaker on a new connection set off an announcement of languages that are older than the last',
};

describe('The service, in schedules that it failed in once,', () => {
  for (const [name, what] of Object.entries(FOUND)) {
    it(what, async () => {
      const file = join(import.meta.dirname, 'schedules', `${name}.json`);
      const { plan, choices } = JSON.parse(readFileSync(file, 'utf8')) as Schedule;
      const { violation, steps } = await runSchedule({ plan, choices: recordedChoices(choices) });

      expect(violation).to.equal(undefined);
      expect(steps).to.be.greaterThan(20);
    });
  }
});
