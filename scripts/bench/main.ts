/**
 * Measures: `npm run bench -- <name> [options]`. Each benchmark is a module of this folder that exports `run`, and is
 * loaded only when it is asked for.
 */
interface Benchmark {
  /** @param args what follows the name on the command line */
  run(args: string[]): Promise<void>;
}

const benchmarks: Record<string, { readonly about: string; load(): Promise<Benchmark> }> = {
  'cold-start': {
    about: 'init and first call of every function, in fresh processes, beside a bare one-call SDK bundle',
    load: () => import('./cold-start.ts'),
  },
  dynamodb: {
    about: "the embedded DynamoDB's CPU for each operation, beside dynalite",
    load: () => import('./dynamodb.ts'),
  },
  'fan-out': {
    about: "the sender's CPU for each message to a connection, beside the SDK's client",
    load: () => import('./fan-out.ts'),
  },
  sweep: {
    about: 'a sweep over a large table: pages, read units, CPU, memory',
    load: () => import('./sweep.ts'),
  },
  throughput: {
    about: 'joins and leaves in a second against transactions that hold their items: attempts, refusals, times',
    load: () => import('./throughput.ts'),
  },
  end: {
    about: 'the end of large and of many sessions on the local stack: who is told, how long each function runs',
    load: () => import('./end.ts'),
  },
  publish: {
    about: 'messages to 500, 2,000 and 10,000 listeners beside the floor, within a quota, and across lost connections',
    load: () => import('./publish.ts'),
  },
  venue: {
    about: 'phones with the SDK behind one address: arriving at once, cut at once, beside a guesser',
    load: () => import('./venue.ts'),
  },
  gateway: {
    about: 'connections, round trips and memory of the local gateway, beside a raw WebSocket server',
    load: () => import('./gateway.ts'),
  },
};

const [name = '', ...args] = process.argv.slice(2);
const benchmark = benchmarks[name];
if (benchmark) {
  await (await benchmark.load()).run(args);
} else {
  console.error(`usage: npm run bench -- <name> [options]${name ? ` (there is no "${name}")` : ''}\n`);
  for (const [each, { about }] of Object.entries(benchmarks)) console.error(`  ${each.padEnd(12)} ${about}`);
  process.exitCode = 2;
}
