/** `npm run fuzz -- [options]`: see README.md. */
import { parseArgs } from 'node:util';
import { fuzz } from './fuzz.ts';
import { seedOf } from './seed.ts';
import { type TargetName, targets } from './server.ts';

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '20000' },
    seed: { type: 'string' },
    from: { type: 'string', default: '0' },
    target: { type: 'string', default: 'echo' },
    'in-flight': { type: 'string', default: '96' },
  },
});

function count(name: 'inputs' | 'from' | 'in-flight'): number {
  const value = Number(values[name]);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new RangeError(`--${name} must be a whole number, not ${values[name]}`);
}

const target = targets.find((name) => name === values.target);
if (!target) throw new RangeError(`--target must be one of ${targets.join(', ')}, not ${values.target}`);
const inputs = count('inputs');
const seed = seedOf(values.seed);
const repeat = (name: TargetName, at: number, some: number) =>
  `npm run fuzz -- --target ${name} --seed ${seed} --from ${at} --inputs ${some}`;

console.log(`fuzz: ${inputs} inputs against ${target}, seed ${seed}`);
const startedAtMs = Date.now();
const failure = await fuzz({
  target,
  inputs,
  seed,
  from: count('from'),
  inFlight: Math.max(1, count('in-flight')),
  onProgress: (done) => {
    if (done % 20_000 === 0 || done === inputs)
      console.log(`fuzz: ${done} inputs, ${(Date.now() - startedAtMs) / 1000} s`);
  },
});
if (failure) {
  const { reason, suspects } = failure;
  for (const { index, kind, pieces } of suspects.slice(-20)) {
    console.error(
      `input ${index} (${kind}): ${JSON.stringify(
        Buffer.concat([...pieces])
          .subarray(0, 1000)
          .toString('latin1'),
      )}`,
    );
  }
  const indexes = suspects.map(({ index }) => index);
  const first = Math.min(...indexes);
  console.error(`fuzz: FAILED with seed ${seed}: ${reason}`);
  console.error(`Again: ${repeat(target, first, Math.max(...indexes) - first + 1)}`);
  process.exitCode = 1;
} else {
  console.log(`fuzz: passed, ${inputs} inputs against ${target}, seed ${seed}`);
}
process.exit();
