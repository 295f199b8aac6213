/**
 * What is too long for `npm test` of the embedded DynamoDB: `npm run test:engine`. 20,000 random operations beside DynamoDB
 * Local, and 200 times `kill -9`. Both have another seed each day, which they print; `ENGINE_OPERATIONS` and `ENGINE_KILLS`
 * change how many, `DIFFERENTIAL_SEED` and `ENGINE_SEED` repeat a day's.
 */
import { spawn } from 'node:child_process';

const { ENGINE_OPERATIONS = '20000', ENGINE_KILLS = '200' } = process.env;
const tests = ['differential/differential.test.ts', 'engine/kill.test.ts'];
const child = spawn(
  process.execPath,
  ['node_modules/mocha/bin/mocha.js', '--no-parallel', ...tests.map((file) => `packages/local/test/dynamodb/${file}`)],
  { stdio: 'inherit', env: { ...process.env, DIFFERENTIAL_OPERATIONS: ENGINE_OPERATIONS, ENGINE_KILLS } },
);
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
