/**
 * What `npm start` runs once the dependencies are there (`start.mjs`): builds the functions and the page where they have
 * changed, synthesizes one environment's stack, and runs it on this machine. Options after `--`, e.g.
 * `npm start -- --port 5000 --data .local`.
 */
import { rmSync } from 'node:fs';
import { cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { ReadyStack } from '../packages/local/src/index.ts';
import { noteRunningStack } from '../packages/operator/src/running-stacks.ts';
import { consoleFolder } from './build-console.ts';
import { withFreshBuilds } from './fresh-builds.ts';

const SPEAKER = 'speaker';
const TOKEN_SECONDS = 24 * 3600;

async function main(args: string[]): Promise<void> {
  // Loading the CDKTF app takes longer than building: they run side by side.
  const infra = import('../infra/src/index.ts');
  infra.catch(() => {}); // awaited below, unless the command line is wrong
  const { readStackOptions, runStack, stackOptions, stackOptionsHelp, UsageError } = await import(
    '../packages/local/src/index.ts'
  );
  const { values } = parseArgs({ args, options: { env: { type: 'string', default: 'dev' }, ...stackOptions } });
  if (values.help) return console.log(helpWith(stackOptionsHelp));
  const given = await readStackOptions(values);
  const { environmentNames, synthesize } = await infra;
  const environment = environmentNames.find((name) => name === values.env);
  if (!environment) throw new UsageError(`--env must be one of ${environmentNames.join(', ')}, not ${values.env}`);

  const { stackFile, pageFolder } = await withFreshBuilds(
    async () => {
      // Of this start alone: other starts may build and synthesize while it runs.
      const folder = await mkdtemp(join(tmpdir(), 'sessions-start-'));
      process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
      const [stack] = synthesize({ environments: [environment], outdir: join(folder, 'cdktf.out') });
      if (!stack) throw new Error(`No stack was written for ${environment}`);
      await cp(consoleFolder, join(folder, 'console'), { recursive: true });
      return { stackFile: stack.file, pageFolder: join(folder, 'console') };
    },
    (line) => console.error(line),
  );
  await runStack({ ...given, stackFile, pageFolder, onReady: describeReady });
}

async function describeReady(stack: ReadyStack) {
  // The operators' commands then find it by themselves.
  noteRunningStack(stack.awsEnvironment);
  const { webSocketUrl, httpApiUrl, pageUrl, tokens, awsEnvironment } = stack;
  const { user_pool_id: userPoolId, user_pool_client_id: clientId } = stack.stack.outputs;
  // Without a pool, another issuer's tokens are wanted: those cannot be signed here.
  const token = userPoolId
    ? await tokens.issueToken({
        username: SPEAKER,
        userPoolId: String(userPoolId),
        clientId: String(clientId),
        expiresInSeconds: TOKEN_SECONDS,
      })
    : undefined;
  const { name } = stack.stack;
  return {
    text: whatToDo({ name, pageUrl, webSocketUrl, httpApiUrl, token, awsEnvironment }),
    fields: { stack: name, page: pageUrl, webSocketUrl, ...(httpApiUrl !== undefined && { httpApiUrl }), token },
  };
}

interface Readiness {
  readonly name: string;
  readonly pageUrl: string;
  readonly webSocketUrl: string;
  readonly httpApiUrl: string | undefined;
  readonly token: string | undefined;
  readonly awsEnvironment: Readonly<Record<string, string>>;
}

/** What a person needs to try it: a page, three lines for a terminal, and the way in for other programs. */
function whatToDo({ name, pageUrl, webSocketUrl: url, httpApiUrl, token, awsEnvironment }: Readiness): string {
  const wscat = 'npx -y wscat -s session.v1';
  const exports = Object.entries(awsEnvironment).map(([variable, value]) => `export ${variable}=${value}`);
  return `
${name} runs until Ctrl-C.

Open            ${pageUrl}  (speak, listen, watch)
WebSocket URL   ${url}${httpApiUrl === undefined ? '' : `\nHTTP API        ${httpApiUrl}`}
Speaker token   ${token === undefined ? '(your issuer has them)' : `of ${SPEAKER}, for a day:`}
${token === undefined ? '' : `\n${token}\n`}
Speak (asks for that token and shows the session's ID; the session lives as long as this connection):

printf 'Token: '; read -r token; ${wscat} -s "bearer.$token" -c '${url}?action=createSession&sourceLanguage=en'

Listen, in another terminal (asks for that ID):

printf 'Session ID: '; read -r id; ${wscat} -c "${url}?action=joinSession&targetLanguage=es&sessionId=$id"

Heartbeat, typed into either of them:

{"action":"heartbeat"}

For the AWS CLI and SDKs on this machine (--env-file writes them to a file):

${exports.join('\n')}
`;
}

const helpWith = (
  stackOptionsHelp: string,
): string => `Builds the functions, synthesizes the stack and runs it on this machine.

  --env <name>         which environment's stack (dev)
${stackOptionsHelp}`;

// `start.mjs`, which started this, is gone: then nothing else would stop it.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
// The channel to it is no reason to go on.
process.channel?.unref();

try {
  await main(process.argv.slice(2));
} catch (error) {
  const { reportFailure } = await import('../packages/local/src/index.ts');
  reportFailure(error);
  process.exitCode = 1;
}
