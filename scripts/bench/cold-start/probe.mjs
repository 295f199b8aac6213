/**
 * Runs in a fresh process: imports a bundle, calls its handler once, and writes what that took to file descriptor 3.
 * `node probe.mjs <index.mjs> <event as JSON>`. Plain JavaScript: stripping types would be in the measurement.
 *
 * The clock starts when Node.js is up, so what is measured is the function alone. Standard output is the function's,
 * and descriptor 3 is written with `fs` only: a channel to the parent would load modules that the bundle then has for
 * free.
 */
import { writeSync } from 'node:fs';

const [bundle, event] = process.argv.slice(2);
const parsed = JSON.parse(event);
const context = {
  awsRequestId: 'a-request',
  functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
  memoryLimitInMB: '512',
};

const start = performance.now();
const { handler } = await import(bundle);
const loaded = performance.now();
const result = await handler(parsed, context);
const answered = performance.now();

writeSync(3, JSON.stringify({ initMs: loaded - start, firstMs: answered - loaded, result }));
process.exit(); // the connections that the SDK keeps alive would hold the process
