import { MOST_SCALE } from './clock/scaled-clock.ts';
import type { SyncPolicy } from './dynamodb/engine/log/log-file.ts';
import { LocalRuntimeError } from './errors.ts';
import { type Level, levels } from './log-printer.ts';
import type { Throttling } from './stack/model.ts';

/** The command line was not understood. */
export class UsageError extends LocalRuntimeError {
  override readonly name = 'UsageError';
  readonly code = 'USAGE';
}

/**
 * Refuses texts that are empty, as those of shell variables that are not set: `--data ""` would be the working folder.
 * @throws {UsageError}
 */
export function requireValues<K extends string>(values: { readonly [name in K]?: string }, names: readonly K[]): void {
  const empty = names.find((name) => values[name] === '');
  if (empty !== undefined) throw new UsageError(`--${empty} must not be empty: give it a value, or leave it out`);
}

/** A `--port`, or another option that is one. @throws {UsageError} */
export function parsePort(text: string | undefined, option = 'port'): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) {
    throw new UsageError(`--${option} must be a number from 0 to 65535, not ${JSON.stringify(text)}`);
  }
  return port;
}

/** A `--time-scale`. @throws {UsageError} */
export function parseTimeScale(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const scale = Number(text);
  if (!(scale > 0 && scale <= MOST_SCALE)) {
    throw new UsageError(`--time-scale must be above 0 and at most ${MOST_SCALE}, not ${JSON.stringify(text)}`);
  }
  return scale;
}

/** An `--events`. @throws {UsageError} */
export function parseEventsUrl(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new UsageError(`--events wants an address such as http://127.0.0.1:9000, not ${JSON.stringify(text)}`);
  }
  return url.href;
}

/** Every `--route action=url`, by the action. @throws {UsageError} */
export function parseRoutes(texts: readonly string[] = []): Record<string, string> {
  const routes: Record<string, string> = {};
  for (const text of texts) {
    const at = text.indexOf('=');
    const action = text.slice(0, at);
    const url = URL.parse(text.slice(at + 1));
    if (at < 1 || action.startsWith('$') || (url?.protocol !== 'http:' && url?.protocol !== 'https:')) {
      const example = 'audioChunk=http://127.0.0.1:9000';
      throw new UsageError(`--route wants an action and an address such as ${example}, not ${JSON.stringify(text)}`);
    }
    if (Object.hasOwn(routes, action))
      throw new UsageError(`--route names the action ${action} twice: keep one of them`);
    routes[action] = url.href;
  }
  return routes;
}

/** The longest that a power cut may go back, milliseconds. */
const MOST_SYNC_MS = 60_000;

/** A `--sync`: `always`, or milliseconds. @throws {UsageError} */
export function parseSync(text: string | undefined, dataFolder: string | undefined): SyncPolicy | undefined {
  if (text === undefined) return undefined;
  if (dataFolder === undefined) throw new UsageError('--sync is about the disk: it wants --data <folder> beside it');
  if (text === 'always') return 'always';
  const afterMs = Number(text);
  if (!/^\d+$/.test(text) || afterMs < 1 || afterMs > MOST_SYNC_MS) {
    throw new UsageError(
      `--sync must be "always" or milliseconds from 1 to ${MOST_SYNC_MS}, not ${JSON.stringify(text)}`,
    );
  }
  return { afterMs };
}

/** Every `--var name=value`. @throws {UsageError} */
export function parseVariables(texts: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=');
      if (at < 1) throw new UsageError(`--var wants name=value, not ${JSON.stringify(text)}`);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

/** A `--log-level`, in small letters. @throws {UsageError} */
export function parseLogLevel(text: string | undefined): Level | undefined {
  if (text === undefined) return undefined;
  const level = levels.find((name) => name.toLowerCase() === text);
  if (!level) {
    const allowed = levels.map((name) => name.toLowerCase()).join(', ');
    throw new UsageError(`--log-level must be one of ${allowed}, not ${JSON.stringify(text)}`);
  }
  return level;
}

/** A `--request-quota`: `none`, requests a second, or `<requests a second>/<burst>`. @throws {UsageError} */
export function parseRequestQuota(text: string | undefined): Throttling | 'none' | undefined {
  if (text === undefined || text === 'none') return text;
  const [, rate, burst] = /^(\d+)(?:\/(\d+))?$/.exec(text) ?? [];
  const rateLimit = Number(rate ?? 0);
  // In every Region the burst is half of the rate. @see "Amazon API Gateway quotas"
  const burstLimit = burst === undefined ? Math.ceil(rateLimit / 2) : Number(burst);
  if (rateLimit < 1 || burstLimit < 1) {
    throw new UsageError(
      `--request-quota must be requests a second, with a burst if it is not half of them (2500/1250), or none, not ${JSON.stringify(text)}`,
    );
  }
  return { rateLimit, burstLimit };
}
