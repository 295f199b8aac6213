import { PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { managementClient, send, visit } from '../clients.ts';
import { signedHeaders } from '../signed-headers.ts';
import { targetOf } from '../targets.ts';

/** Well formed, and of no connection. */
export const NOBODY = 'TXzPWdnOjoECGjA=';

/** A connection, and the official client of its API. */
export async function world() {
  const target = await targetOf('main');
  const visitor = await visit('main');
  const id = await visitor.id();
  const sdk = managementClient(target);
  const post = (Data: string | Uint8Array, ConnectionId = id) =>
    sdk.send(new PostToConnectionCommand({ ConnectionId, Data }));
  /** A signed request to a path below the stage, as it is written. */
  const raw = (method: string, path: string, data = '') => {
    const url = `${target.endpoint}/${path}`;
    return send(url, method, signedHeaders(target, method, url, data), data);
  };
  return { target, visitor, id, sdk, post, raw };
}

export type SdkError = Error & { $metadata: { httpStatusCode?: number; attempts?: number } };
export const failureOf = (sent: Promise<unknown>): Promise<SdkError | undefined> =>
  sent.then(
    () => undefined,
    (error: unknown) => error as SdkError,
  );
