#!/usr/bin/env node
/** `npm run local -- --stack <file>`: runs a synthesized stack in a terminal. */
import { parseArgs } from 'node:util';
import { parsePort, parseTimeScale, parseVariables, UsageError } from './cli-options.ts';
import { reportFailure } from './report-failure.ts';

const DEFAULT_PORT = 4510;

const help = `Runs a synthesized Terraform stack with a WebSocket API on this machine.

  --stack <file>       the synthesized stack: cdktf.out/stacks/<name>/cdk.tf.json
  --port <number>      where it listens on 127.0.0.1 (${DEFAULT_PORT}; 0: any free port)
  --data <folder>      keeps tables and signing keys there; otherwise they are gone at the end
  --var name=value     sets a Terraform variable; may be repeated
  --var-file <file>    sets variables from a .tfvars or .json file; may be repeated
  --faults <file>      what is to go wrong: a fault plan, see docs/local.md
  --time-scale <n>     compresses time: n seconds of the stack in one real second (1)
  --json-logs          logs as JSON, one object a line
  --help               this text`;

const options = {
  stack: { type: 'string' },
  port: { type: 'string' },
  data: { type: 'string' },
  var: { type: 'string', multiple: true },
  'var-file': { type: 'string', multiple: true },
  faults: { type: 'string' },
  'time-scale': { type: 'string' },
  'json-logs': { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options });
  if (values.help) return console.log(help);
  if (values.stack === undefined) throw new UsageError('--stack <file> is missing (--help lists the options)');
  const port = parsePort(values.port) ?? DEFAULT_PORT;
  const variables = parseVariables(values.var);
  const timeScale = parseTimeScale(values['time-scale']);
  // Only now what takes a while to load.
  const [{ runStack }, { readFaultPlan }] = await Promise.all([import('./run.ts'), import('./faults/parse-plan.ts')]);
  const faults = values.faults === undefined ? undefined : await readFaultPlan(values.faults);
  await runStack({
    stackFile: values.stack,
    port,
    variables,
    variableFiles: values['var-file'] ?? [],
    ...(values.data === undefined ? {} : { dataFolder: values.data }),
    ...(timeScale !== undefined && { timeScale }),
    ...(faults && { faults }),
    jsonLogs: values['json-logs'] === true,
    onReady: ({ stack, webSocketUrl, endpoint }) => ({
      text: [
        `${stack.name} runs until Ctrl-C.`,
        `  WebSocket  ${webSocketUrl}`,
        `  AWS        ${endpoint}`,
        `  Tokens     curl -s ${endpoint}/_local/tokens -d '{"username":"me"}'`,
      ].join('\n'),
      fields: { stack: stack.name, webSocketUrl, endpoint },
    }),
  });
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  reportFailure(error);
  process.exitCode = 1;
}
