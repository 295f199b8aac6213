import type { IncomingMessage } from 'node:http';
import type { JSONWebKeySet } from 'jose';
import type { Clock } from '../../clock.ts';
import type { FunctionInvoker } from '../../lambda/invoker.ts';
import type { Body } from '../../read-body.ts';
import type { HttpApi } from '../../stack/model.ts';
import type { TakeQuota } from '../token-bucket.ts';
import type { IamIdentity } from './event.ts';

/** A request that an HTTP API has answered. */
export interface HttpRequestRecord {
  readonly requestId: string;
  readonly method: string;
  /** Absent: no stage took it. */
  readonly stage?: string;
  /** Absent: no route matched, or none was looked for. */
  readonly routeKey?: string;
  readonly statusCode: number;
  /** Why API Gateway itself has answered, for a person. */
  readonly reason?: string;
  /** Milliseconds of the clock. */
  readonly durationMs: number;
}

/** Observation: what happened, after it happened. */
export interface HttpGatewayObservers {
  readonly onHttpRequest?: (request: HttpRequestRecord) => void;
  /** A line of a stage's access log. */
  readonly onAccessLog?: (line: { readonly stage: string; readonly line: string }) => void;
}

/** Who signed a request, if they may make it; or why not. */
export type IamAdmission = IamIdentity | { readonly refusal: string };

export interface HttpGatewayOptions extends HttpGatewayObservers {
  /** With its stages: the gateway serves all of them. */
  readonly api: HttpApi;
  readonly invoker: FunctionInvoker;
  readonly region: string;
  readonly accountId: string;
  readonly clock: Clock;
  /** Takes the account's quota for a request. Default: no quota. */
  readonly takeQuota?: TakeQuota;
  /** Checks the signature of a request for a route with `AWS_IAM`, and the caller's policies. */
  readonly admitCaller: (req: IncomingMessage, body: Body, resourceArn: string) => IamAdmission;
  /** The keys of an issuer that this machine has. Default: all are fetched. */
  readonly localKeysOf?: (issuer: string) => JSONWebKeySet | undefined;
  /** Where a client comes from. Default: its address on the socket. */
  readonly sourceIpOf?: ((req: IncomingMessage) => string) | undefined;
  /** A bug in the gateway or in a hook. */
  readonly onError: (error: unknown) => void;
}
