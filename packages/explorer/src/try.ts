import { seededChoices } from './choices.ts';
import { makePlan } from './plan.ts';
import { seedOf } from './random.ts';
import { runSchedule } from './run-schedule.ts';

const [, , s = "2", n = '1000', one] = process.argv;
const seed = Number(s);
let steps = 0;
const found = new Map<string, number[]>();
const t0 = performance.now();
for (let i = one ? Number(one) : 0; i < (one ? Number(one) + 1 : Number(n)); i++) {
  const own = seedOf(seed, i);
  const plan = makePlan(own);
  const r = await runSchedule({ plan, choices: seededChoices(own), isTraced: one !== undefined });
  steps += r.steps;
  if (one) {
    console.log(plan);
    console.log(r.trace.join('\n'));
    console.log(r.violation);
  }
  if (r.violation) {
    const k = r.violation.replace(/\d+/g, '#').slice(0, 160);
    const l = found.get(k) ?? [];
    l.push(i);
    found.set(k, l);
  }
}
const ms = performance.now() - t0;
console.log(
  `${n} in ${ms.toFixed(0)} ms, ${(steps / Number(n)).toFixed(1)} steps each, ${((1000 * ms) / steps).toFixed(2)} us a step`,
);
for (const [k, l] of [...found].sort((a, b) => b[1].length - a[1].length))
  console.log(l.length, k, l.slice(0, 6).join(' '));
