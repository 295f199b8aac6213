import type { IncomingMessage } from 'node:http';
import { validateHeaderValue } from 'node:http';
import type { Duplex } from 'node:stream';
import { Interest } from '../lambda/interest.ts';
import type { InvocationOutcome } from '../lambda/invoker.ts';
import { requestTarget } from '../request-target.ts';
import { authorization } from './authorizer.ts';
import type { ServedStage } from './connection.ts';
import { type GatewayContext, invokeRoute } from './context.ts';
import { authorizerEvent, type ConnectionFacts, connectEvent, type HandshakeRequest } from './events.ts';
import { handshakeRequest, headerOf, upgradeProblem } from './handshake-request.ts';
import { newId } from './ids.ts';
import { type IntegrationOutcome, invokeWithin } from './invoke-within.ts';
import { isRecord } from './policy.ts';
import { sourceAddress } from './source-address.ts';
import { QUOTA_REASON } from './token-bucket.ts';

/** How a handshake ended. */
export type HandshakeResult =
  | {
      readonly kind: 'accepted';
      readonly facts: ConnectionFacts;
      readonly stage: ServedStage;
      /** What the function returned as `Sec-WebSocket-Protocol`: passed on, whatever the client offered. */
      readonly subprotocol?: string;
    }
  | {
      readonly kind: 'refused';
      readonly statusCode: number;
      readonly reason: string;
      readonly stage?: string;
      readonly connectionId?: string;
    }
  /** The client went away before `$connect` ran. */
  | { readonly kind: 'abandoned' };

/**
 * Everything between the client's request and the 101: throttle, authorizer, `$connect` integration, in this order.
 * Writes nothing to the socket.
 * @see facts page, section 1
 */
export async function performHandshake(
  context: GatewayContext,
  req: IncomingMessage,
  socket: Duplex,
): Promise<HandshakeResult> {
  const { options, clock, limits } = context;
  const url = req.url ?? '/';
  // That the limit counts path and query, and is answered by 414, is UNCONFIRMED.
  if (url.length > limits.urlCharacters)
    return refused(414, `the URL has more than ${limits.urlCharacters} characters`);
  const { path, segments, queryString } = requestTarget(url);
  const stage = context.stages.get(segments[0] ?? '');
  // Wrong stage, or a path below it: 403 is UNCONFIRMED.
  if (stage === undefined || segments.length > 1) return refused(403, `no stage at ${path}`);
  const problem = upgradeProblem(req);
  if (problem !== undefined) return refused(400, problem);

  const connectedAtMs = clock.nowMs();
  if (options.takeQuota?.() === false) return refused(429, QUOTA_REASON, stage);
  if (!stage.throttle('$connect', connectedAtMs)) return refused(429, 'throttled', stage);
  const sourceIp = options.sourceIpOf?.(req) ?? sourceAddress(req);
  const userAgent = headerOf(req, 'user-agent');
  const request = handshakeRequest(req, queryString, sourceIp, connectedAtMs, stage.stage);
  const facts: ConnectionFacts = {
    connectionId: newId(),
    apiId: options.api.id,
    stage: stage.stage.name,
    connectedAtMs,
    domainName: headerOf(req, 'host') ?? '',
    identity: { sourceIp, ...(userAgent !== undefined && { userAgent }) },
  };

  const authorized = await authorize(context, stage, facts, request, socket);
  if (authorized.kind === 'abandoned') return authorized;
  if (authorized.kind === 'refused') return { ...authorized, stage: facts.stage, connectionId: facts.connectionId };
  if (!isOpen(socket)) return { kind: 'abandoned' };
  return connect(context, stage, authorized.facts, request, socket);
}

/** False once the client has closed its side, or the connection broke. */
export function isOpen(socket: Duplex): boolean {
  return socket.readable && socket.writable && !socket.destroyed;
}

async function authorize(
  context: GatewayContext,
  stage: ServedStage,
  facts: ConnectionFacts,
  request: HandshakeRequest,
  socket: Duplex,
) {
  const authorizer = context.options.api.routes.get('$connect')?.authorizer;
  if (authorizer === undefined) return { kind: 'authorized' as const, facts };
  if (!context.hasIdentity(request)) return refused(401, 'an identity source is missing');
  const methodArn = `${context.apiArn}/${stage.stage.name}/$connect`;
  const { authorizerTimeoutMs, authorizerResultBytes } = context.limits;
  const event = authorizerEvent(facts, request, methodArn, context.clock.nowMs());
  const sourceArn = `${context.apiArn}/authorizers/${authorizer.id}`;
  const outcome = await whileOpen(socket, (interest) =>
    invokeWithin(context, authorizer.functionArn, event, sourceArn, authorizerTimeoutMs, interest),
  );
  if (isWithdrawn(outcome)) return { kind: 'abandoned' as const };
  const result = authorization(outcome, methodArn, authorizerResultBytes);
  if (result.kind === 'refused') return result;
  return { kind: 'authorized' as const, facts: { ...facts, authorizer: result.context } };
}

async function connect(
  context: GatewayContext,
  stage: ServedStage,
  facts: ConnectionFacts,
  request: HandshakeRequest,
  socket: Duplex,
): Promise<HandshakeResult> {
  const route = context.options.api.routes.get('$connect');
  if (route === undefined) return { kind: 'accepted', facts, stage };
  const event = connectEvent(facts, request, context.clock.nowMs());
  const outcome = await whileOpen(socket, (interest) => invokeRoute(context, route, stage, event, interest));
  if (isWithdrawn(outcome)) return { kind: 'abandoned' };
  const { statusCode, reason, headers } = readConnectResult(outcome);
  if (statusCode < 200 || statusCode > 299) return refused(statusCode, reason, stage, facts.connectionId);
  const subprotocol = subprotocolOf(headers);
  if (subprotocol === undefined) return { kind: 'accepted', facts, stage };
  if (!isHeaderValue(subprotocol)) return refused(502, 'bad Sec-WebSocket-Protocol', stage, facts.connectionId);
  return { kind: 'accepted', facts, stage, subprotocol };
}

type Outcome = IntegrationOutcome;
type Withdrawn = Extract<InvocationOutcome, { kind: 'withdrawn' }>;

const isWithdrawn = (outcome: Outcome): outcome is Withdrawn =>
  outcome !== 'integrationTimeout' && outcome.kind === 'withdrawn';

/** Invokes for the client of a handshake: if it goes away before a thread is free, nothing is run for it. */
async function whileOpen(socket: Duplex, invoke: (interest: Interest) => Promise<Outcome>): Promise<Outcome> {
  const interest = new Interest();
  const withdraw = () => interest.withdraw();
  socket.on('end', withdraw).on('close', withdraw);
  try {
    return await invoke(interest);
  } finally {
    socket.off('end', withdraw).off('close', withdraw);
  }
}

/** The status that an outcome of the `$connect` integration means for the client. @see facts page, section 1 */
function readConnectResult(outcome: Exclude<Outcome, Withdrawn>) {
  // UNCONFIRMED: 504 for the integration timeout, 502 for the function's own and for a malformed result, 500 for a throttle.
  if (outcome === 'integrationTimeout') return { statusCode: 504, reason: '$connect took too long' };
  switch (outcome.kind) {
    case 'returned': {
      const result = isRecord(outcome.payload) ? outcome.payload : {};
      const statusCode = typeof result.statusCode === 'string' ? Number(result.statusCode) : result.statusCode;
      if (typeof statusCode !== 'number' || !Number.isInteger(statusCode) || statusCode < 200 || statusCode > 599) {
        return { statusCode: 502, reason: '$connect returned no statusCode' };
      }
      return { statusCode, reason: `$connect returned ${statusCode}`, headers: result };
    }
    case 'failed':
      return { statusCode: 502, reason: `$connect failed: ${outcome.error.errorType}: ${outcome.error.errorMessage}` };
    case 'timedOut':
      return { statusCode: 502, reason: `$connect timed out after ${outcome.timeoutSeconds} s` };
    case 'throttled':
      return { statusCode: 500, reason: 'the function of $connect is throttled' };
    case 'forbidden':
      return { statusCode: 500, reason: 'API Gateway has no permission to invoke the function of $connect' };
  }
}

/** The only header of the function's answer that reaches the client; that others do not is UNCONFIRMED. */
function subprotocolOf(result: Record<string, unknown> | undefined): string | undefined {
  for (const headers of [result?.headers, result?.multiValueHeaders]) {
    if (!isRecord(headers)) continue;
    for (const [name, value] of Object.entries(headers)) {
      const first = Array.isArray(value) ? value[0] : value;
      if (name.toLowerCase() === 'sec-websocket-protocol' && typeof first === 'string') return first;
    }
  }
  return undefined;
}

function isHeaderValue(value: string): boolean {
  try {
    validateHeaderValue('Sec-WebSocket-Protocol', value);
    return true;
  } catch {
    return false;
  }
}

function refused(statusCode: number, reason: string, stage?: ServedStage, connectionId?: string) {
  return {
    kind: 'refused' as const,
    statusCode,
    reason,
    ...(stage && { stage: stage.stage.name }),
    ...(connectionId !== undefined && { connectionId }),
  };
}
