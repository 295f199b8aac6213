import { SignatureV4 } from '@smithy/signature-v4';
import { DeliveryError } from './delivery-error.ts';
import { createHttpClient } from './http-client.ts';
import { createPayload, type Payload } from './payload.ts';
import { Sha256 } from './sha256.ts';

export interface ManagementApiOptions {
  /**
   * With the path of the stage, or of the mapping of a custom domain. It is configuration and not taken from events:
   * behind a custom domain, `domainName` and `stage` do not make up the right address.
   */
  readonly endpoint: string;
  /** Asked for each signature, as are the credentials. */
  readonly region: () => Promise<string>;
  readonly credentials: () => Promise<Credentials>;
  readonly maxSockets: number;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface ManagementCall {
  readonly method: 'POST' | 'GET' | 'DELETE';
  readonly connectionId: string;
  readonly payload?: Payload;
}

export interface ManagementAnswer {
  /** The answer was 410. */
  readonly isGone: boolean;
  readonly body: string;
}

/** `@connections` of one stage. */
export interface ManagementApi {
  /** Makes one attempt. @throws {DeliveryError} any refusal but 410, or no answer within the time */
  call(call: ManagementCall, timeoutMs: number): Promise<ManagementAnswer>;
}

/**
 * Creates a client of `@connections` that signs with the SDK's signer and sends with Node.js's own HTTP: the SDK's client
 * takes several times the CPU for a post (docs/decisions/0016-lean-posts.md).
 */
export function createManagementApi({
  endpoint,
  region,
  credentials,
  maxSockets,
}: ManagementApiOptions): ManagementApi {
  const url = new URL(endpoint);
  const { protocol, hostname, host } = url;
  const folder = `${url.pathname.replace(/\/$/, '')}/@connections/`;
  const send = createHttpClient(url, { maxSockets });
  // It derives a key from credentials, day and region once, and keeps it.
  const signer = new SignatureV4({ service: 'execute-api', region, credentials, sha256: Sha256, applyChecksum: false });

  return {
    async call({ method, connectionId, payload = nothing }, timeoutMs) {
      // As it is sent; the signer escapes it once more, as every service but S3 wants it.
      const path = folder + escapeSegment(connectionId);
      const toSign = { host, 'content-type': 'application/octet-stream', 'x-amz-content-sha256': payload.sha256 };
      const signed = await signer.sign({ method, protocol, hostname, path, query: {}, headers: toSign });
      const headers = { ...signed.headers, 'content-length': String(payload.bytes.length) };
      const { statusCode, errorType, body } = await send({ method, path, headers, bytes: payload.bytes }, timeoutMs);
      if (statusCode === 410) return { isGone: true, body };
      if (statusCode >= 200 && statusCode < 300) return { isGone: false, body };
      // `ForbiddenException`, or `ForbiddenException:http://…`
      const name = errorType?.split(':')[0] ?? `Http${statusCode}`;
      throw new DeliveryError(name, `API Gateway answered ${statusCode} to ${method}`, { statusCode });
    },
  };
}

const nothing = createPayload('');

/** Escapes as RFC 3986 wants it: `encodeURIComponent` leaves five reserved characters alone. */
const escapeSegment = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
