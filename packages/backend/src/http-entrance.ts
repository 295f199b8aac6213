import { Hash } from '@smithy/hash-node';
import { SignatureV4 } from '@smithy/signature-v4';
import { isReceipt, isRecord, isRefusal, parseJson, quote, refusedBy } from './answer.ts';
import { createDefaultChain } from './default-chain.ts';
import { createHttpClient } from './http-client.ts';
import { PublishError } from './publish-error.ts';
import type { CredentialSource, Entrance } from './types.ts';

export interface HttpEntranceOptions {
  /** The output `http_api_url` of the stack. */
  readonly httpApiUrl: string;
  /** Default: as for every AWS SDK, e.g. `AWS_REGION`. */
  readonly region?: string;
  /** Default: as for every AWS SDK. They need `execute-api:Invoke` on the route. */
  readonly credentials?: CredentialSource;
}

/**
 * Publishes by `POST /sessions/{sessionId}/messages` of the HTTP API, signed (AWS Signature Version 4).
 * @throws {TypeError} `httpApiUrl` is no HTTP address
 */
export function createHttpEntrance({ httpApiUrl, region, credentials }: HttpEntranceOptions): Entrance {
  const api = URL.parse(httpApiUrl);
  if (api?.protocol !== 'https:' && api?.protocol !== 'http:') {
    throw new TypeError(
      `httpApiUrl must be the output http_api_url of the stack, such as https://….execute-api.us-east-1.amazonaws.com, not ${quote(String(httpApiUrl))}`,
    );
  }
  const { protocol, hostname, host } = api;
  const folder = api.pathname.replace(/\/$/, '');
  const post = createHttpClient(api);
  const chain = createDefaultChain();
  const signer = new SignatureV4({
    service: 'execute-api',
    region: region ?? chain.region,
    credentials: credentials ?? chain.credentials,
    sha256: Hash.bind(null, 'sha256'),
  });

  return async ({ sessionId, ...message }, signal) => {
    const path = `${folder}/sessions/${escapeSegment(sessionId)}/messages`;
    const body = JSON.stringify(message);
    const toSign = { host, 'content-type': 'application/json' };
    const signed = await signer.sign({ method: 'POST', protocol, hostname, path, query: {}, headers: toSign, body });
    const headers = { ...signed.headers, 'content-length': String(Buffer.byteLength(body)) };
    const { status, text } = await post({ path, headers, body, signal }).catch((error: Error) => {
      if (signal.aborted) throw error; // the caller of the attempt knows why
      throw new PublishError('NO_ANSWER', `${host} did not answer: ${error.message}`, { cause: error });
    });
    const answer = parseJson(text);
    if (status >= 200 && status < 300 && isReceipt(answer)) return answer;
    throw isRefusal(answer) ? refusedBy(answer) : refusedByGateway(status, answer, text);
  };
}

/**
 * What API Gateway answers by itself, `{"message": "…"}`.
 * @see "Troubleshooting issues with HTTP API", API Gateway Developer Guide
 */
function refusedByGateway(status: number, answer: unknown, text: string): PublishError {
  const said = isRecord(answer) && typeof answer.message === 'string' ? quote(answer.message) : quote(text);
  if (status === 401 || status === 403) {
    const remedy = "check the caller's policy (execute-api:Invoke on this route), its credentials and the Region";
    return new PublishError('NOT_AUTHORIZED', `API Gateway refused the caller with ${status} ${said}: ${remedy}`);
  }
  if (status === 429) return new PublishError('THROTTLED', `API Gateway takes no more requests for now: ${said}`);
  if (status >= 500) return new PublishError('NO_ANSWER', `The service answered ${status} ${said}`);
  const remedy = 'check that httpApiUrl is the output http_api_url of the stack';
  return new PublishError('REJECTED', `The answer ${status} ${said} is none of the service's: ${remedy}`);
}

/** Escapes as RFC 3986 wants it: `encodeURIComponent` leaves five reserved characters alone. */
const escapeSegment = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
