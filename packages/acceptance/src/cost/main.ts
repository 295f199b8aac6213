/**
 * Counts what each operation uses and writes it down for `npm run cost`: `npm run cost:measure`, after a change to a
 * Lambda, `core` or `infra` (the build and the stacks must be there: `npm run synth`).
 */
import { writeFile } from 'node:fs/promises';
import { measuredFile } from '../../../../scripts/cost/measured.ts';
import { measure } from './measure.ts';

await writeFile(measuredFile, `${JSON.stringify(await measure(), null, 2)}\n`);
