/** What the page has to know of the service. */
export interface Settings {
  readonly webSocketUrl: string;
  /** Where other machines find this page. Absent: where this one has found it. */
  readonly pageUrl?: string;
  /** True: on a local stack, which can be watched, and issues tokens to demo speakers. */
  readonly isLocal: boolean;
  /** Where speakers sign in, unless the stack is local. */
  readonly cognito?: { readonly region: string; readonly clientId: string };
}

/**
 * From `config.json` beside the page: of a local stack, which says by `isLocal` whether this browser may watch it, or with
 * `{webSocketUrl, region?, userPoolClientId?}` (outputs of the deployed stack).
 * @throws {Error} it is not there, or what is there is wrong
 */
export async function loadSettings(): Promise<Settings> {
  const config = await readJson<Config>('config.json');
  if (!config) throw new Error('There is neither a local stack here, nor a config.json with webSocketUrl.');
  const { webSocketUrl = '', pageUrl, isLocal = false, region, userPoolClientId: clientId } = config;
  if (!/^wss?:\/\//.test(webSocketUrl)) throw new Error('config.json: webSocketUrl must begin with wss://');
  const cognito = region && clientId ? { cognito: { region, clientId } } : {};
  return { webSocketUrl, isLocal, ...(pageUrl !== undefined && { pageUrl }), ...cognito };
}

interface Config {
  readonly webSocketUrl?: string;
  readonly pageUrl?: string;
  readonly isLocal?: boolean;
  readonly region?: string;
  readonly userPoolClientId?: string;
}

async function readJson<T>(path: string): Promise<T | undefined> {
  const response = await fetch(path);
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
  return response.ok && isJson ? ((await response.json()) as T) : undefined;
}
