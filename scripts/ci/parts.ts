/** One part of what must hold before a change is merged. */
export interface Part {
  readonly name: string;
  /** A line for bash, run at the repository's top with the project's Node.js first on the PATH. */
  readonly command: string;
  /** What it may take on two cores, beside the other lane. Twice as long, and it is ended as failed. */
  readonly budgetSeconds: number;
  /** Its output says in mocha's words how many passed and failed, and each of them counts. */
  readonly counts?: 'mocha';
  /** Gets a tool. If that fails, what needs the tool is skipped, and says so. */
  readonly optional?: true;
}

/** It makes network and mount namespaces; a runner of GitHub is another user, who may become root. */
const asRoot = `$([ "$(id -u)" = 0 ] || echo sudo -n -E env PATH="$PATH")`;

/**
 * What `.ci/run` does: first `prepare` (bundles, stacks and tools, which all others use), then `first` and `second`, side
 * by side. Parts that write into the checkout are all in `prepare`. CONTRIBUTING.md has a table of this, which
 * `npm run generate` writes.
 */
export const lanes: Readonly<Record<'prepare' | 'first' | 'second', readonly Part[]>> = {
  prepare: [
    { name: 'bundles and stacks', command: 'npm run -s synth', budgetSeconds: 20 },
    { name: 'moto', command: 'bash .ci/install-moto', budgetSeconds: 40, optional: true },
    { name: 'Chromium', command: 'bash .ci/install-chromium', budgetSeconds: 45, optional: true },
    { name: 'ministack, installed', command: 'bash .ci/install-ministack', budgetSeconds: 30, optional: true },
    { name: 'DynamoDB Local', command: 'bash .ci/install-dynamodb-local', budgetSeconds: 30, optional: true },
  ],
  first: [
    { name: 'lint', command: 'npm run -s lint', budgetSeconds: 10 },
    { name: 'types', command: 'npm run -s types', budgetSeconds: 20 },
    { name: 'workflows', command: 'npm run -s lint:workflows', budgetSeconds: 30 },
    { name: 'tests', command: 'npm run -s test:built', budgetSeconds: 960, counts: 'mocha' },
  ],
  second: [
    { name: 'Terraform', command: 'npm run -s terraform', budgetSeconds: 40 },
    // With the 300 of the tests; these are others. Twenty thousand run at night.
    { name: 'model', command: 'MODEL_RUNS=400 MODEL_SEED=78 npm run -s model', budgetSeconds: 150 },
    { name: 'documented commands', command: 'npm run -s check:commands', budgetSeconds: 200 },
    { name: 'machines', command: 'npm run -s check:machines -- --tests some', budgetSeconds: 135 },
    { name: 'ministack', command: `${asRoot} npm run -s test:ministack`, budgetSeconds: 230 },
    // Interleavings of all operations, others each day: 200,000, or as many as there is time for.
    { name: 'explorer', command: 'npm run -s explore -- --schedules 200000 --seconds 70', budgetSeconds: 75 },
    // 20,000 operations beside DynamoDB Local, others each day, and 200 times `kill -9`.
    { name: 'engine', command: 'npm run -s test:engine', budgetSeconds: 130, counts: 'mocha' },
    { name: 'fuzzer, echo', command: 'npm run -s fuzz -- --target echo --inputs 180000', budgetSeconds: 45 },
    { name: 'fuzzer, sessions', command: 'npm run -s fuzz -- --target sessions --inputs 20000', budgetSeconds: 30 },
  ],
};

/** Beyond this everything is ended, and the run has failed. */
export const LIMIT_SECONDS = 35 * 60;
/** What the budgets of `prepare` and of the longer lane may come to together. */
export const BUDGET_SECONDS = 20 * 60;
