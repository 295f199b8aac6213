#!/usr/bin/env node
/** `npm run local -- --stack <file>`: runs a synthesized stack in a terminal. */
import { parseArgs } from 'node:util';
import { UsageError } from './cli-options.ts';
import { readStackOptions, stackOptions, stackOptionsHelp } from './command-line.ts';
import { reportFailure } from './report-failure.ts';

const help = `Runs a synthesized Terraform stack with a WebSocket API, and an HTTP API beside it, on this machine.

  --stack <file>       the synthesized stack: cdktf.out/stacks/<name>/cdk.tf.json
${stackOptionsHelp}`;

const options = { stack: { type: 'string' }, ...stackOptions } as const;

async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options });
  if (values.help) return console.log(help);
  if (values.stack === undefined) throw new UsageError('--stack <file> is missing (--help lists the options)');
  const given = await readStackOptions(values);
  // Only now what takes a while to load.
  const { runStack } = await import('./run.ts');
  await runStack({
    ...given,
    stackFile: values.stack,
    onReady: ({ stack, webSocketUrl, httpApiUrl, endpoint, accessToken, awsEnvironment }) => ({
      text: [
        `${stack.name} runs until Ctrl-C.`,
        `  WebSocket  ${webSocketUrl}`,
        ...(httpApiUrl === undefined ? [] : [`  HTTP API   ${httpApiUrl}`]),
        `  Tokens     curl -s ${accessToken ? `-H 'Authorization: Bearer ${accessToken}' ` : ''}${endpoint}/_local/tokens -d '{"username":"me"}'`,
        '',
        ...Object.entries(awsEnvironment).map(([name, value]) => `export ${name}=${value}`),
      ].join('\n'),
      fields: { stack: stack.name, webSocketUrl, ...(httpApiUrl !== undefined && { httpApiUrl }), endpoint },
    }),
  });
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  reportFailure(error);
  process.exitCode = 1;
}
