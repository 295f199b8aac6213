import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { UserPoolClient } from '../../packages/smoke/src/index.ts';

export const help = `Takes a service through the life of a session and checks every answer.

With no --url and no --outputs it builds what has changed, and starts the service on this machine first.

  --url <wss://…>      where clients connect (output websocket_url)
  --token <jwt>        a speaker's access token; better given as SMOKE_TOKEN, which no process list shows
  --outputs <file>     the outputs of a deployed stack, as JSON; instead of --url, and, unless SMOKE_TOKEN is given,
                       of a token: a speaker is then made in the stack's user pool and deleted again, which takes
                       AWS credentials that may do that
  --listeners <n>      1 to 100 (5)
  --rounds <n>         heartbeats of everybody, 1 to 20 (1); the service's interval (30 s) passes between two of them
  --timeout <seconds>  how long any single step may take, 1 to 60 (10)
  --json               the result for a machine
  --help               this text`;

/** The command line was not understood: the message names the option and the remedy, and shows no value of a token. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Which service, and who speaks there. */
export type Target =
  | { readonly kind: 'local' }
  | { readonly kind: 'token'; readonly url: string; readonly token: string }
  | { readonly kind: 'pool'; readonly url: string; readonly pool: UserPoolClient };

export interface Options {
  readonly target: Target;
  readonly listeners: number;
  readonly rounds: number;
  readonly timeoutMs: number;
  readonly json: boolean;
}

/** @returns undefined if help is wanted @throws {UsageError} */
export async function parseOptions(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Options | undefined> {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  // Not shown: it may be a token whose option was forgotten.
  if (positionals.length > 0)
    throw new UsageError(`${positionals.length} arguments stand without an option (--help lists the options)`);
  const environmentToken = env.SMOKE_TOKEN?.trim() || undefined;
  return {
    target: await targetOf(values, environmentToken),
    listeners: within('listeners', values.listeners, 1, 100),
    rounds: within('rounds', values.rounds, 1, 20),
    timeoutMs: 1000 * within('timeout', values.timeout, 1, 60),
    json: values.json,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        url: { type: 'string' },
        token: { type: 'string' },
        outputs: { type: 'string' },
        listeners: { type: 'string', default: '5' },
        rounds: { type: 'string', default: '1' },
        timeout: { type: 'string', default: '10' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    // Node.js appends advice on positional arguments, of which there are none.
    throw new UsageError(`${(error as Error).message.split('. ')[0]} (--help lists the options)`);
  }
}

async function targetOf(
  { url, token, outputs }: { url?: string | undefined; token?: string | undefined; outputs?: string | undefined },
  environmentToken: string | undefined,
): Promise<Target> {
  if (url !== undefined && outputs !== undefined) throw new UsageError('--url and --outputs both say where: give one');
  if (url === undefined && outputs === undefined) {
    if (token !== undefined) throw new UsageError('--token belongs to --url or --outputs, of which none is given');
    return { kind: 'local' };
  }
  const given = token ?? environmentToken;
  if (given !== undefined) checkToken(given, token === undefined ? 'SMOKE_TOKEN' : '--token');
  if (url !== undefined) {
    if (given === undefined)
      throw new UsageError('--token is missing: --url needs a speaker’s token, or SMOKE_TOKEN set to one');
    return { kind: 'token', url: checkUrl(url, '--url'), token: given };
  }
  const deployed = await readOutputs(String(outputs));
  if (given !== undefined) return { kind: 'token', url: deployed.url, token: given };
  const { userPoolId, clientId } = deployed;
  if (!userPoolId || !clientId) {
    throw new UsageError('--outputs names no user pool (another issuer is used): set SMOKE_TOKEN to a token of it');
  }
  return { kind: 'pool', url: deployed.url, pool: { userPoolId, clientId } };
}

/** A token on an unencrypted way through a network is anybody's. */
function checkUrl(text: string, option: string): string {
  const url = URL.parse(text);
  const isLocal = url?.hostname === '127.0.0.1' || url?.hostname === 'localhost' || url?.hostname === '[::1]';
  if (!url || !(url.protocol === 'wss:' || (url.protocol === 'ws:' && isLocal))) {
    throw new UsageError(
      `${option} must start with wss:// (ws:// on this machine), not ${JSON.stringify(text.slice(0, 40))}`,
    );
  }
  if (url.search || url.hash || url.username) {
    throw new UsageError(`${option} must be host and stage only: no user, query or fragment`);
  }
  return text;
}

function checkToken(token: string, option: string): void {
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) {
    throw new UsageError(`${option} is no JWT: three parts of letters, digits, - and _, joined by dots`);
  }
}

function within(option: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new UsageError(`--${option} must be a whole number from ${min} to ${max}, not ${JSON.stringify(text)}`);
  }
  return value;
}

/** As `cdktf deploy --outputs-file` writes them (`{stack: {name: value}}`), or `{name: value}`, or as `terraform output -json`. */
async function readOutputs(file: string): Promise<{ url: string; userPoolId?: string; clientId?: string }> {
  let outputs: unknown;
  try {
    outputs = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`--outputs ${file} could not be read as JSON: ${(error as Error).message}`);
  }
  const found = findOutputs(outputs);
  const url = found?.websocket_url;
  if (found === undefined || url === undefined) throw new UsageError(`--outputs ${file} has no websocket_url`);
  return {
    url: checkUrl(url, `websocket_url of --outputs ${file}`),
    ...(found.user_pool_id && { userPoolId: found.user_pool_id }),
    ...(found.user_pool_client_id && { clientId: found.user_pool_client_id }),
  };
}

function findOutputs(json: unknown): Record<string, string> | undefined {
  if (typeof json !== 'object' || json === null) return undefined;
  const entries = Object.entries(json);
  if ('websocket_url' in json)
    return Object.fromEntries(entries.map(([name, value]) => [name, String(value?.value ?? value)]));
  return entries.length === 1 ? findOutputs(entries[0]?.[1]) : undefined;
}
