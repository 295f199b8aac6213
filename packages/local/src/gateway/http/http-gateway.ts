import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from '../../read-body.ts';
import { Deadlines } from '../deadlines.ts';
import { repeat } from '../repeat.ts';
import { sourceAddress } from '../source-address.ts';
import { accessLogValues } from './access-log-values.ts';
import { type HttpAnswer, ownAnswer } from './answer.ts';
import type { Exchange } from './exchange.ts';
import { createHandleRequest, MAX_BODY_BYTES } from './handle-request.ts';
import type { HttpGatewayOptions } from './options.ts';
import { httpRequest } from './request.ts';

/** How often integrations' timeouts are looked at. */
const SWEEP_INTERVAL_MS = 100;

/** The data plane of one HTTP API, to be mounted on an HTTP server of its own. */
export interface HttpGateway {
  /** For the server's `request` event: answers every request. */
  handleRequest(req: IncomingMessage, res: ServerResponse): void;
  /** Ends its timers. May be called twice. */
  stop(): void;
}

export function createHttpGateway(options: HttpGatewayOptions): HttpGateway {
  const { clock, invoker, onError } = options;
  const context = { invoker, clock, deadlines: new Deadlines() };
  const handle = createHandleRequest(options, context);
  const stopSweep = repeat(clock, SWEEP_INTERVAL_MS, () => context.deadlines.sweep(clock.nowMs()));

  async function serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const request = httpRequest(req, options.sourceIpOf?.(req) ?? sourceAddress(req), clock.nowMs());
    const exchange: Exchange = { request };
    // Read to the end in any case: an answer in the middle of an upload would be lost in a connection reset.
    const body = await readBody(req, MAX_BODY_BYTES);
    const answer = await handle(exchange, req, body);
    write(res, request.requestId, answer);
    report(options, exchange, answer);
  }

  return {
    handleRequest(req, res) {
      serve(req, res).catch((error: unknown) => {
        // Its client is gone: nobody is left to answer.
        if (req.destroyed && !req.complete) return;
        onError(error);
        if (res.headersSent) res.destroy();
        else write(res, undefined, ownAnswer('internalError', 'a bug in the gateway'));
      });
    },
    stop: stopSweep,
  };
}

/** Tells the observers of a request that is answered. One that throws changes nothing. */
function report(options: HttpGatewayOptions, exchange: Exchange, answer: HttpAnswer): void {
  const { api, accountId, clock, onHttpRequest, onAccessLog, onError } = options;
  const { request, stage, selected, authorizer, integrationLatencyMs } = exchange;
  const routeKey = selected?.route.routeKey;
  const nowMs = clock.nowMs();
  try {
    onHttpRequest?.({
      requestId: request.requestId,
      method: request.method,
      ...(stage && { stage: stage.stage.name }),
      ...(routeKey !== undefined && { routeKey }),
      statusCode: answer.statusCode,
      ...(answer.error && { reason: answer.error.reason }),
      durationMs: nowMs - request.receivedAtMs,
    });
    if (!onAccessLog || !stage?.formatLine) return;
    const { name } = stage.stage;
    const facts = { accountId, apiId: api.id, stage: name, routeKey, authorizer, integrationLatencyMs };
    onAccessLog({ stage: name, line: stage.formatLine(accessLogValues({ ...facts, request, answer, nowMs })) });
  } catch (error) {
    onError(error);
  }
}

function write(res: ServerResponse, requestId: string | undefined, { statusCode, headers, body }: HttpAnswer): void {
  // Neither has a body, nor a header that speaks of one.
  const isBodiless = statusCode === 204 || statusCode === 304;
  if (requestId !== undefined) res.setHeader('apigw-requestid', requestId);
  for (const [name, value] of Object.entries(headers)) {
    if (!(isBodiless && name === 'content-type')) res.setHeader(name, value);
  }
  if (!isBodiless) res.setHeader('content-length', body.length);
  res.writeHead(statusCode).end(isBodiless ? undefined : body);
}
