/**
 * `npm start`: builds the functions that changed, synthesizes one environment's stack, and runs it on this machine.
 * Options after `--`, e.g. `npm start -- --port 5000 --data .local`.
 */
import { parseArgs } from 'node:util';
import { buildLambdas } from './build.ts';
import { buildStaleConsole, consoleFolder } from './build-console.ts';
import { staleLambdas } from './stale-lambdas.ts';

const DEFAULT_PORT = 4510;
const SPEAKER = 'speaker';

const help = `Builds the functions, synthesizes the stack and runs it on this machine.

  --env <name>         which environment's stack (dev)
  --port <number>      where it listens on 127.0.0.1 (${DEFAULT_PORT}; 0: any free port)
  --data <folder>      keeps sessions and signing keys there; otherwise they are gone at the end
  --var name=value     sets a Terraform variable (terraform.tfvars.example lists them); may be repeated
  --var-file <file>    sets variables from a .tfvars or .json file; may be repeated
  --faults <file>      what is to go wrong: a fault plan, see docs/local.md
  --time-scale <n>     compresses time: n seconds of the stack in one real second (1)
  --json-logs          logs as JSON, one object a line
  --help               this text`;

const options = {
  env: { type: 'string', default: 'dev' },
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
  // Loading the CDKTF app takes longer than building: they run side by side.
  const infra = import('../infra/src/index.ts');
  const { parsePort, parseTimeScale, parseVariables, readFaultPlan, runStack, UsageError } = await import(
    '../packages/local/src/index.ts'
  );
  const { values } = parseArgs({ args, options });
  if (values.help) return console.log(help);
  const port = parsePort(values.port) ?? DEFAULT_PORT;
  const variables = parseVariables(values.var);
  const timeScale = parseTimeScale(values['time-scale']);
  const faults = values.faults === undefined ? undefined : await readFaultPlan(values.faults);

  const [{ environmentNames, synthesize }] = await Promise.all([infra, buildStale(), buildStaleConsole()]);
  const environment = environmentNames.find((name) => name === values.env);
  if (!environment) throw new UsageError(`--env must be one of ${environmentNames.join(', ')}, not ${values.env}`);
  const [stack] = synthesize({ environments: [environment] });
  if (!stack) throw new Error(`No stack was written for ${environment}`);

  await runStack({
    stackFile: stack.file,
    port,
    pageFolder: consoleFolder,
    variables,
    variableFiles: values['var-file'] ?? [],
    ...(values.data === undefined ? {} : { dataFolder: values.data }),
    ...(timeScale !== undefined && { timeScale }),
    ...(faults && { faults }),
    jsonLogs: values['json-logs'] === true,
    onReady: async ({ webSocketUrl, endpoint, tokens, stack: { name, outputs } }) => {
      const { user_pool_id: userPoolId, user_pool_client_id: clientId } = outputs;
      // Without a pool, another issuer's tokens are wanted: nobody here can sign those.
      const token = userPoolId
        ? await tokens.issueToken({
            username: SPEAKER,
            userPoolId: String(userPoolId),
            clientId: String(clientId),
            expiresInSeconds: 24 * 3600,
          })
        : undefined;
      const page = `${endpoint}/`;
      return {
        text: whatToDo(name, { page, webSocketUrl, token }),
        fields: { stack: name, page, webSocketUrl, token },
      };
    },
  });
}

/** Bundling takes seconds: it is done for what has changed. */
async function buildStale(): Promise<void> {
  const names = await staleLambdas();
  if (names.length > 0) await buildLambdas(names);
}

/** What a person needs to try it: a page, and three lines for a terminal. */
function whatToDo(
  name: string,
  {
    page,
    webSocketUrl: url,
    token = '<a token of your issuer>',
  }: { page: string; webSocketUrl: string; token?: string | undefined },
): string {
  const wscat = 'npx -y wscat -s session.v1';
  return `
${name} runs until Ctrl-C.

Open            ${page}  (speak, listen, watch)
WebSocket URL   ${url}
Speaker token   ${token}

Speak (shows the session's ID; the session lives as long as this connection):

${wscat} -s bearer.${token} -c '${url}?action=createSession&sourceLanguage=en'

Listen, in another terminal (asks for that ID):

printf 'Session ID: '; read -r id; ${wscat} -c "${url}?action=joinSession&targetLanguage=es&sessionId=$id"

Heartbeat, typed into either of them:

{"action":"heartbeat"}
`;
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const { reportFailure } = await import('../packages/local/src/index.ts');
  reportFailure(error);
  process.exitCode = 1;
}
