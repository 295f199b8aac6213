import type { IncomingMessage } from 'node:http';
import type { Clock } from '../clock.ts';
import type { FunctionInvoker } from '../lambda/invoker.ts';
import type { WebSocketApi } from '../stack/model.ts';
import type { DisconnectEvent } from './events.ts';
import type { TakeQuota } from './token-bucket.ts';

/** Limits of the data plane. Times in milliseconds of the gateway's clock. */
export interface GatewayLimits {
  /** No data message in either direction for this long closes the connection. */
  readonly idleTimeoutMs: number;
  readonly connectionDurationMs: number;
  /** Of the authorizer; a route has its own. */
  readonly authorizerTimeoutMs: number;
  /** A message, in all its frames; also the payload of a POST to @connections. */
  readonly messageBytes: number;
  /** One frame of a message from the client. */
  readonly frameBytes: number;
  /** Request target of the handshake: path and query string. */
  readonly urlCharacters: number;
  readonly authorizerResultBytes: number;
  /**
   * Handshakes that wait for their functions at once, before the next one is refused with 429. This number is ours: as
   * many as Lambda runs at once for an account. AWS starts a function for each, and limits handshakes to 500 a second.
   */
  readonly pendingHandshakes: number;
  /** What may wait for a slow client before POST answers 429. AWS states no number; this one is ours. */
  readonly sendBufferBytes: number;
  /** How long a client has to answer a close frame before its socket is cut. AWS states no number. */
  readonly closeTimeoutMs: number;
  /** How often timeouts are looked at; absent: a twentieth of the shortest, between 5 and 250 ms. */
  readonly sweepIntervalMs?: number;
}

/** @see facts page, section 7; API Gateway's quotas for WebSocket APIs */
export const AWS_LIMITS: GatewayLimits = {
  idleTimeoutMs: 600_000,
  connectionDurationMs: 7_200_000,
  authorizerTimeoutMs: 29_000,
  messageBytes: 131_072,
  frameBytes: 32_768,
  urlCharacters: 4096,
  authorizerResultBytes: 8192,
  pendingHandshakes: 1000,
  sendBufferBytes: 4 * 131_072,
  closeTimeoutMs: 2000,
};

/** An open connection, as seen from outside. */
export interface ConnectionInfo {
  readonly connectionId: string;
  readonly stage: string;
  /** epoch milliseconds */
  readonly connectedAtMs: number;
  readonly lastActiveAtMs: number;
  readonly sourceIp: string;
  readonly userAgent?: string;
}

export interface HandshakeRefusal {
  readonly statusCode: number;
  /** Why, in a few words, for a person. */
  readonly reason: string;
  readonly stage?: string;
  readonly connectionId?: string;
}

export interface MessageRecord {
  readonly connectionId: string;
  readonly stage: string;
  readonly requestId: string;
  /** Absent: no route matched. */
  readonly routeKey?: string;
  /** From the message's arrival to its answer, milliseconds of the clock. */
  readonly durationMs: number;
  /** What the client got: a route response, an error frame with this message, or nothing. */
  readonly answer: { readonly kind: 'response' | 'nothing' } | { readonly kind: 'error'; readonly message: string };
}

export interface ManagementRequest {
  readonly method: string;
  readonly connectionId: string;
  readonly stage: string;
  /** e.g. `arn:aws:execute-api:us-east-1:000000000000:abc123/dev/POST/@connections/TXzPWdnOjoECGjA=` */
  readonly resourceArn: string;
}

/** True: go on. False: 403. An object: exactly this error, also for injected faults (429, 410, 500). */
export type ManagementVerdict =
  | boolean
  | { readonly statusCode: number; readonly errorType: string; readonly message: string };

/** What becomes of a `$disconnect`: delivery is only best effort in AWS, so all of these can happen. */
export type DisconnectFate = 'deliver' | 'lose' | 'duplicate' | { readonly delayMs: number };

/** Observation: what happened, after it happened. None of them can change anything. */
export interface GatewayObservers {
  readonly onConnection?: (connection: ConnectionInfo) => void;
  readonly onRefusal?: (refusal: HandshakeRefusal) => void;
  readonly onMessage?: (message: MessageRecord) => void;
  readonly onManagement?: (request: ManagementRequest & { readonly statusCode: number }) => void;
  readonly onDisconnect?: (end: ConnectionInfo & { readonly statusCode: number; readonly reason: string }) => void;
  /** The function is done with a `$disconnect`, however it ended; once for each delivery. */
  readonly onDisconnectDelivered?: (connectionId: string) => void;
  /** A bug in the gateway or in a hook. Default: printed. */
  readonly onError?: (error: unknown) => void;
}

export interface GatewayOptions extends GatewayObservers {
  /** With its stages: the gateway serves all of them. */
  readonly api: WebSocketApi;
  readonly invoker: FunctionInvoker;
  readonly region: string;
  readonly accountId: string;
  readonly limits?: Partial<GatewayLimits>;
  readonly clock?: Clock;
  /** Takes the account's quota for a handshake, a message, or a call of @connections. Default: no quota. */
  readonly takeQuota?: TakeQuota;
  /** IAM for @connections. Default: everybody who signs is let through. */
  readonly authorizeManagement?: (
    req: IncomingMessage,
    request: ManagementRequest,
  ) => ManagementVerdict | Promise<ManagementVerdict>;
  /** Decides the fate of each `$disconnect`. Default: delivered. */
  readonly deliverDisconnect?: (event: DisconnectEvent) => DisconnectFate;
  /** Where a client comes from. Default: its address on the socket. */
  readonly sourceIpOf?: (req: IncomingMessage) => string;
}
