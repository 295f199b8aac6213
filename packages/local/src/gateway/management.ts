import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from '../read-body.ts';
import type { GatewayContext } from './context.ts';
import { closeConnection, ENDINGS } from './ending.ts';
import { newId } from './ids.ts';
import type { ManagementVerdict } from './options.ts';

const METHODS = new Set(['POST', 'GET', 'DELETE']);

/** An answer of the management API, JSON or empty. */
interface Answer {
  readonly statusCode: number;
  /** The SDK tells errors apart by this alone. */
  readonly errorType?: string;
  readonly json?: unknown;
}

/**
 * `POST`, `GET` and `DELETE` of `/{stage}/@connections/{connectionId}`.
 * @param encodedId as it stands in the path: `=` may be written `%3D`
 * @see facts page, section 6
 */
export async function handleManagement(
  context: GatewayContext,
  req: IncomingMessage,
  res: ServerResponse,
  stage: string,
  encodedId: string,
): Promise<void> {
  // Read to the end in any case: an answer in the middle of an upload would be lost in a connection reset.
  const body = await readBody(req, context.limits.messageBytes);
  const method = req.method ?? '';
  const connectionId = decode(encodedId);
  const resourceArn = `${context.apiArn}/${stage}/${method}/@connections/${connectionId}`;
  const request = { method, connectionId, stage, resourceArn };
  const refusal = await authorize(context, req, request);
  const answer = refusal ?? (METHODS.has(method) ? perform(context, request, body) : missingToken);
  write(res, answer);
  context.options.onManagement?.({ ...request, statusCode: answer.statusCode });
}

async function authorize(
  { options }: GatewayContext,
  req: IncomingMessage,
  request: { method: string; connectionId: string; stage: string; resourceArn: string },
): Promise<Answer | undefined> {
  const presigned = (req.url ?? '').includes('X-Amz-Signature=');
  if (req.headers.authorization === undefined && !presigned) return missingToken;
  const verdict: ManagementVerdict = (await options.authorizeManagement?.(req, request)) ?? true;
  if (verdict === true) return undefined;
  if (verdict !== false) return error(verdict.statusCode, verdict.errorType, verdict.message);
  return error(
    403,
    'ForbiddenException',
    `not authorized to perform: execute-api:ManageConnections on ${request.resourceArn}`,
  );
}

function perform(
  context: GatewayContext,
  { method, connectionId, stage }: { method: string; connectionId: string; stage: string },
  body: Awaited<ReturnType<typeof readBody>>,
): Answer {
  const { options, limits, clock, connections } = context;
  // The message is UNCONFIRMED.
  if (options.takeQuota?.() === false) return error(429, 'LimitExceededException', 'Too Many Requests');
  if (body.kind === 'tooLarge') return error(413, 'PayloadTooLargeException', 'Payload too large');
  const connection = connections.get(connectionId);
  // Closed, unknown, still connecting, of another stage, malformed (UNCONFIRMED): all the same.
  if (connection === undefined || connection.facts.stage !== stage || connection.socket.readyState !== OPEN) {
    return error(410, 'GoneException', 'Gone');
  }
  switch (method) {
    case 'POST':
      if (connection.socket.bufferedAmount > limits.sendBufferBytes) {
        return error(429, 'LimitExceededException', "The client's buffer is full");
      }
      // Always a text frame; that bytes which are no UTF-8 are replaced is UNCONFIRMED, but a text frame cannot hold them.
      connection.send(isUtf8(body.bytes) ? body.bytes : body.bytes.toString(), clock.nowMs());
      return { statusCode: 200 };
    case 'GET': {
      const { connectedAtMs, lastActiveAtMs, sourceIp, userAgent } = connection.info();
      const json = {
        connectedAt: new Date(connectedAtMs).toISOString(),
        identity: { sourceIp, ...(userAgent !== undefined && { userAgent }) },
        lastActiveAt: new Date(lastActiveAtMs).toISOString(),
      };
      return { statusCode: 200, json };
    }
    default:
      closeConnection(context, connection, ENDINGS.deleted);
      return { statusCode: 204 };
  }
}

/** `WebSocket.OPEN` of ws. */
const OPEN = 1;

const missingToken = error(403, 'MissingAuthenticationTokenException', 'Missing Authentication Token');

function error(statusCode: number, errorType: string, message: string): Answer {
  return { statusCode, errorType, json: { message } };
}

function write(res: ServerResponse, { statusCode, errorType, json }: Answer): void {
  const body = json === undefined ? undefined : JSON.stringify(json);
  res.writeHead(statusCode, {
    'x-amzn-RequestId': newId(),
    ...(errorType !== undefined && { 'x-amzn-ErrorType': errorType }),
    ...(body !== undefined && { 'Content-Type': 'application/json' }),
    ...(statusCode !== 204 && { 'Content-Length': body === undefined ? 0 : Buffer.byteLength(body) }),
  });
  res.end(body);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
