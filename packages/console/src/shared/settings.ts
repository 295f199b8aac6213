import type { StackState } from '@sessions/local/page';

/** What the page has to know of the service. */
export interface Settings {
  readonly webSocketUrl: string;
  /** True: on a local stack, which can be watched, and issues tokens to demo speakers. */
  readonly isLocal: boolean;
  /** Where speakers sign in, unless the stack is local. */
  readonly cognito?: { readonly region: string; readonly clientId: string };
}

/**
 * From the local stack that serves this page; elsewhere from `config.json` beside the page, with
 * `{webSocketUrl, region?, userPoolClientId?}` (outputs of the deployed stack).
 * @throws {Error} neither is there, or what is there is wrong
 */
export async function loadSettings(): Promise<Settings> {
  const isHere = ['127.0.0.1', 'localhost'].includes(location.hostname);
  const state = isHere ? await readJson<StackState>('_local/state') : undefined;
  if (state) return { webSocketUrl: state.webSocketUrl, isLocal: true };
  const config = await readJson<Config>('config.json');
  if (!config) throw new Error('There is neither a local stack here, nor a config.json with webSocketUrl.');
  const { webSocketUrl = '', region, userPoolClientId: clientId } = config;
  if (!/^wss?:\/\//.test(webSocketUrl)) throw new Error('config.json: webSocketUrl must begin with wss://');
  return { webSocketUrl, isLocal: false, ...(region && clientId && { cognito: { region, clientId } }) };
}

interface Config {
  readonly webSocketUrl?: string;
  readonly region?: string;
  readonly userPoolClientId?: string;
}

async function readJson<T>(path: string): Promise<T | undefined> {
  const response = await fetch(path);
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
  return response.ok && isJson ? ((await response.json()) as T) : undefined;
}
