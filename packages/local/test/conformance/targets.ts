import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Credentials, LocalStack } from '../../src/index.ts';
import { startLocalStack } from '../../src/index.ts';
import { type FixtureName, synthesizeFixture } from './fixture/synthesize.ts';
import { type VariantName, variantNames } from './fixture/variants.ts';
import { Happenings } from './happenings.ts';
import { ShiftedClock } from './shifted-clock.ts';

/** Where one API of the fixture is. */
export interface Target {
  /** `wss://<host>/<stage>`, `ws:` locally */
  readonly url: string;
  /** `https://<host>/<stage>`: of @connections, without that segment */
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: Credentials;
}

/** An API of the fixture on this machine, with what only its own process can do and see. */
export interface LocalTarget extends Target {
  readonly stack: LocalStack;
  readonly clock: ShiftedClock;
  /** Lines that functions printed. */
  readonly lines: Happenings<string>;
  /** Asynchronous events that were given up. */
  readonly dropped: Happenings<{ readonly functionName: string; readonly reason: string; readonly attempts: number }>;
}

/** `CONFORMANCE_URL` is that of `main`; the others are `CONFORMANCE_URL_<NAME>`, e.g. `CONFORMANCE_URL_THROTTLED_TO_ZERO`. */
export const urlVariableOf = (variant: FixtureName | 'events'): string =>
  variant === 'main' ? 'CONFORMANCE_URL' : `CONFORMANCE_URL_${variant.toUpperCase().replaceAll('-', '_')}`;

/** True: the APIs are those of the variables, wherever they are. False: they are started here. */
export const isRemote = [...variantNames, 'http' as const, 'events' as const].some(
  (variant) => process.env[urlVariableOf(variant)],
);

/** Retries of asynchronous events come after these, not after Lambda's one and two minutes. */
const ASYNC_RETRY_DELAYS_MS = [20, 40];
/** Small, so that it takes few messages to fill. */
const SEND_BUFFER_BYTES = 262_144;

const running = new Map<string, Promise<LocalTarget>>();
let outdir: string | undefined;
let stackFiles: Record<FixtureName, string> | undefined;

/** The API of a variant: named by its variable, or started now. */
export async function targetOf(variant: VariantName): Promise<Target> {
  return isRemote ? remoteTarget(variant) : startedTarget(variant);
}

/** The HTTP API of the fixture: the one of the variable, or one started now. Its `url` has no slash at the end. */
export async function httpTarget(): Promise<Pick<Target, 'url' | 'region' | 'credentials'>> {
  if (isRemote) return remoteTarget('http');
  const { stack, region, credentials } = await startedTarget('http');
  return { url: stack.httpApiUrl ?? '', region, credentials };
}

/** An API started here. @param use two uses of a variant do not share it; the retries of `aged` come later than its events live */
export function startedTarget(variant: FixtureName, use: 'shared' | 'time' | 'aged' = 'shared'): Promise<LocalTarget> {
  const key = `${variant} ${use}`;
  const known = running.get(key);
  if (known) return known;
  const starting = startTarget(variant, use === 'aged' ? [61_000] : ASYNC_RETRY_DELAYS_MS);
  running.set(key, starting);
  return starting;
}

export async function stopTargets(): Promise<void> {
  const targets = [...running.values()];
  running.clear();
  await Promise.allSettled(targets.map(async (target) => (await target).stack.stop()));
  if (outdir !== undefined) rmSync(outdir, { recursive: true, force: true });
  outdir = undefined;
  stackFiles = undefined;
}

async function startTarget(variant: FixtureName, asyncRetryDelaysMs: readonly number[]): Promise<LocalTarget> {
  outdir ??= mkdtempSync(join(tmpdir(), 'conformance-'));
  stackFiles ??= synthesizeFixture(outdir);
  const clock = new ShiftedClock();
  const lines = new Happenings<string>();
  const dropped: LocalTarget['dropped'] = new Happenings();
  const stack = await startLocalStack({
    stackFile: stackFiles[variant],
    schedules: 'manual',
    clock,
    limits: { sendBufferBytes: SEND_BUFFER_BYTES, sweepIntervalMs: 10 },
    lambda: { asyncRetryDelaysMs },
    onLog: ({ line }) => lines.add(line),
    onAsyncDropped: (event) => dropped.add(event),
  });
  return {
    url: stack.webSocketUrl,
    endpoint: stack.webSocketUrl.replace(/^ws/, 'http'),
    region: stack.stack.region,
    credentials: stack.credentials,
    stack,
    clock,
    lines,
    dropped,
  };
}

function remoteTarget(variant: FixtureName): Target {
  const url = process.env[urlVariableOf(variant)];
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION } = process.env;
  if (!url)
    throw new Error(
      `Set ${urlVariableOf(variant)} to the ${variant === 'http' ? 'http_url' : 'websocket_url'} of the stack conformance-${variant}`,
    );
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) {
    throw new Error(
      'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of someone who may call @connections and the HTTP API',
    );
  }
  return {
    url,
    endpoint: url.replace(/^ws/, 'http'),
    region: AWS_REGION ?? 'us-east-1',
    credentials: {
      accessKeyId: AWS_ACCESS_KEY_ID,
      secretAccessKey: AWS_SECRET_ACCESS_KEY,
      ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
    },
  };
}
