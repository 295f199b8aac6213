import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LocalStack } from '../local-stack.ts';
import { readBody } from '../read-body.ts';
import { requestTarget } from '../request-target.ts';
import type { Access } from './access.ts';
import { ControlError, createControls } from './controls.ts';
import { streamEvents } from './event-stream.ts';
import type { Feed } from './feed.ts';
import type { StackState } from './feed-event.ts';
import { answerFile } from './files.ts';

const PREFIX = '/_local/';
const BODY_LIMIT_BYTES = 64 * 1024;

export interface PageOptions {
  /** Absolute path of the folder whose files are served at `/`. */
  readonly folder: string;
  readonly feed: Feed;
  /** Who may ask for what is below `/_local/`. */
  readonly access: Access;
  /** Of the page, as other machines reach it; without a token. */
  readonly publicUrl: string;
  readonly stack: Pick<
    LocalStack,
    'stack' | 'webSocketUrl' | 'httpApiUrl' | 'gateway' | 'clock' | 'faults' | 'schedules'
  >;
  /** The items of a table, at most `limit`. */
  readonly scan: (table: string, limit: number) => Promise<readonly unknown[]>;
}

/** A web page on the running stack, and what it needs to watch and work it, below `/_local/`. */
export interface Page {
  /** @returns false: nothing of the page's, and left untouched */
  handle(req: IncomingMessage, res: ServerResponse): boolean;
  stop(): void;
}

/**
 * - `GET /config.json`: what a page has to know of this service, and whether it may ask for what follows
 * - `GET /_local/state`: see {@link StackState}
 * - `GET /_local/events`: what happens, as server-sent events (see {@link streamEvents})
 * - `GET /_local/tables/<name>`: `{items}`, in DynamoDB's JSON, at most 1,000
 * - `POST /_local/controls/<name>` with a JSON object: see {@link createControls}
 */
export function createPage({ folder, feed, access, publicUrl, stack, scan }: PageOptions): Page {
  const controls = createControls(stack);

  async function answer(req: IncomingMessage, res: ServerResponse, path: string): Promise<void> {
    const refusal = access.refusalOf(req);
    if (refusal) return json(res, refusal.statusCode, { message: refusal.message });
    const [kind, name, ...rest] = path.slice(PREFIX.length).split('/');
    const isRead = req.method === 'GET';
    if (isRead && kind === 'state' && name === undefined) return json(res, 200, stateOf(stack));
    if (isRead && kind === 'events' && name === undefined) return streamEvents(feed, res);
    if (isRead && kind === 'tables' && name !== undefined && rest.length === 0) {
      const isTable = stack.stack.tables.some((table) => table.name === name);
      return isTable ? json(res, 200, { items: await scan(name, 1000) }) : json(res, 404, { message: 'No such table' });
    }
    if (req.method === 'POST' && kind === 'controls' && name !== undefined && rest.length === 0) {
      const performed = controls.perform(name, await readFields(req));
      return performed ? json(res, 200, await performed) : json(res, 404, { message: 'No such control' });
    }
    return json(res, 404, { message: 'Not Found' });
  }

  return {
    handle(req, res) {
      const { path } = requestTarget(req.url);
      if (path.startsWith(PREFIX)) {
        answer(req, res, path).catch((error: unknown) => {
          const isAsked = error instanceof ControlError;
          json(res, isAsked ? 400 : 500, { message: error instanceof Error ? error.message : String(error) });
        });
        return true;
      }
      if (req.method !== 'GET' && req.method !== 'HEAD') return false;
      if (access.signIn(req, res)) return true;
      if (path === '/config.json') {
        const isLocal = access.refusalOf(req) === undefined;
        const { webSocketUrl, httpApiUrl } = stack;
        json(res, 200, { webSocketUrl, ...(httpApiUrl !== undefined && { httpApiUrl }), pageUrl: publicUrl, isLocal });
        return true;
      }
      answerFile(folder, path, req, res).catch(() => res.destroy());
      return true;
    },
    stop: () => controls.stop(),
  };
}

function stateOf({ stack, webSocketUrl, httpApiUrl, gateway, clock, faults }: PageOptions['stack']): StackState {
  const { user_pool_id: userPoolId, user_pool_client_id: clientId } = stack.outputs;
  return {
    stack: stack.name,
    webSocketUrl,
    ...(httpApiUrl !== undefined && { httpApiUrl }),
    ...(userPoolId ? { userPoolId: String(userPoolId), clientId: String(clientId) } : {}),
    clock: { nowMs: clock.nowMs(), scale: clock.scale },
    connections: gateway
      .connections()
      .map(({ connectionId, connectedAtMs, lastActiveAtMs }) => ({ connectionId, connectedAtMs, lastActiveAtMs })),
    faults: faults.counters().map(({ rule, name = `rule ${rule}`, matched, fired }) => ({ name, matched, fired })),
    tables: stack.tables.map(({ name }) => name),
    functions: stack.functions.map(({ name }) => name),
  };
}

/** @throws {ControlError} no JSON object, or too long */
async function readFields(req: IncomingMessage): Promise<Record<string, unknown>> {
  const body = await readBody(req, BODY_LIMIT_BYTES);
  if (body.kind === 'tooLarge') throw new ControlError(`the body must be at most ${BODY_LIMIT_BYTES} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(body.bytes.toString() || '{}');
  } catch (cause) {
    throw new ControlError('the body must be a JSON object', { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ControlError('the body must be a JSON object');
  }
  return value as Record<string, unknown>;
}

function json(res: ServerResponse, statusCode: number, body: unknown): void {
  if (res.headersSent) return void res.destroy();
  res
    .writeHead(statusCode, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    .end(JSON.stringify(body));
}
