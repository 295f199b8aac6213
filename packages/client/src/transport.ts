import {
  type Action,
  type ClientMessage,
  MAX_MESSAGE_BYTES,
  type ServerMessage,
  type ServerMessageOf,
} from '@sessions/core/protocol';
import type { Clock } from './clock.ts';
import { connectionFailed, refusalError } from './errors.ts';
import { localTimeOf } from './local-time.ts';
import { isServiceMessage } from './pushes.ts';
import type { LocalTime } from './service-clock.ts';
import type { WebSocketClass, WebSocketLike } from './web-socket.ts';

/**
 * How a connection is closed. 1000 says goodbye, and a speaker's goodbye ends the session. A connection that the service
 * may still take for the speaker's is given up without it; the codes of an application start at 4000.
 */
export const CLOSE = { goodbye: 1000, abandoned: 4000 } as const;

/** What the reply to each request is. */
interface Replies {
  createSession: ServerMessageOf<'sessionCreated'>;
  joinSession: ServerMessageOf<'sessionJoined'>;
  changeLanguage: ServerMessageOf<'languageChanged'>;
  heartbeat: ServerMessageOf<'heartbeatAck'>;
  refreshConnection: ServerMessageOf<'connectionRefreshComplete'>;
  recover: ServerMessageOf<'recovery'>;
  publish: ServerMessageOf<'messagePublished'>;
  setBroadcastState: ServerMessageOf<'broadcastStateChanged'>;
  getSessionStatus: ServerMessageOf<'sessionStatus'>;
  endSession: ServerMessageOf<'sessionEnded'>;
}

export type Request = ClientMessage & { requestId?: never };

/** The handshake came to nothing. */
export class HandshakeError extends Error {
  override readonly name = 'HandshakeError';
  /** What the service answered; browsers do not tell. */
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(message);
    this.status = status;
  }
}

export interface TransportOptions {
  readonly url: string;
  readonly protocols: readonly string[];
  readonly WebSocket: WebSocketClass;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** For the handshake, and for the reply to a request; milliseconds. */
  readonly timeoutMs: number;
  /** What a local stack says of its time, whenever it says it. Absent: such messages are like any other. */
  readonly onLocalTime?: ((time: LocalTime) => void) | undefined;
}

export interface TransportHandlers {
  /** What came and is no reply, decoded if it is JSON. */
  readonly onPush: (message: unknown) => void;
  /** Once, however it ended, unless `close` was called before. */
  readonly onClose: (facts: { readonly code: number }) => void;
}

interface Pending {
  readonly resolve: (reply: ServerMessage) => void;
  readonly reject: (error: Error) => void;
}

/** One socket: requests with their replies, and pushes. It ends and never revives. */
export class Transport {
  readonly openedAtMs: number;
  readonly #socket: WebSocketLike & { terminate?(): void };
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #onLocalTime: TransportOptions['onLocalTime'];
  readonly #pending = new Map<string, Pending>();
  readonly #waiting: unknown[] = [];
  #handlers: TransportHandlers | undefined;
  #requests = 0;
  #closed: { code: number } | undefined;
  readonly #gone: Promise<void>;

  private constructor(socket: WebSocketLike, { clock, timeoutMs, onLocalTime }: TransportOptions) {
    this.#socket = socket;
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#onLocalTime = onLocalTime;
    this.openedAtMs = clock.nowMs();
    socket.onmessage = ({ data }: { data: unknown }) => this.#accept(data);
    this.#gone = new Promise((resolve) => {
      socket.onclose = ({ code }: { code: number }) => {
        resolve();
        this.#end(code);
      };
    });
  }

  /** @throws {HandshakeError} refused, or no answer in time; the reason of the signal */
  static open(options: TransportOptions): Promise<Transport> {
    const { url, protocols, WebSocket, clock, signal, timeoutMs } = options;
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const socket = new WebSocket(url, [...protocols]);
      socket.binaryType = 'arraybuffer';
      const settle = () => {
        cancelTimer();
        signal.removeEventListener('abort', abort);
        socket.onopen = null;
      };
      const fail = (error: unknown) => {
        settle();
        // What a socket that is given up still has to say is of no interest; an error must have a listener all the same.
        socket.onerror = () => {};
        socket.onclose = null;
        discard(socket);
        reject(error);
      };
      const abort = () => fail(signal.reason);
      const cancelTimer = clock.setTimer(
        () => fail(new HandshakeError('The service did not answer the handshake in time')),
        timeoutMs,
      );
      signal.addEventListener('abort', abort);
      socket.onopen = () => {
        settle();
        socket.onerror = () => {}; // shows as `close`
        resolve(new Transport(socket, options));
      };
      socket.onerror = ({ message }: { message?: string }) => {
        // Of the package `ws`; no other implementation tells.
        const [, status] = /Unexpected server response: (\d{3})/.exec(message ?? '') ?? [];
        // Node.js's own closes such a socket much later, if at all.
        fail(
          new HandshakeError(
            `The handshake failed${status ? ` with ${status}` : ''}`,
            status ? Number(status) : undefined,
          ),
        );
      };
      socket.onclose = ({ code }: { code: number }) => fail(new HandshakeError(`The handshake failed with ${code}`));
    });
  }

  /** Whether it has ended, as far as is known here. */
  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  /** From now on, and with what has come before. */
  attach(handlers: TransportHandlers): void {
    this.#handlers = handlers;
    for (const message of this.#waiting.splice(0)) handlers.onPush(message);
    if (this.#closed) handlers.onClose(this.#closed);
  }

  /**
   * Sends a request and waits for its reply.
   * @throws {SessionsError} refused; larger than a message to the service may be (MESSAGE_TOO_LARGE); no reply in time,
   *   or the connection ended before (CONNECTION_FAILED)
   */
  request<A extends Action & keyof Replies>(
    message: Extract<ClientMessage, { action: A }>,
    timeoutMs = this.#timeoutMs,
  ): Promise<Replies[A]> {
    if (this.#closed) return Promise.reject(connectionFailed('The connection has ended'));
    const requestId = `r${++this.#requests}`;
    const frame = JSON.stringify({ ...message, requestId });
    const bytes = new TextEncoder().encode(frame).length;
    // Not left to the service: API Gateway closes a connection that sends far more.
    if (bytes > MAX_MESSAGE_BYTES) return Promise.reject(tooLarge(bytes));
    return new Promise<ServerMessage>((resolve, reject) => {
      const cancelTimer = this.#clock.setTimer(() => {
        this.#pending.delete(requestId);
        reject(connectionFailed(`No reply to ${message.action} came in time`));
      }, timeoutMs);
      this.#pending.set(requestId, {
        resolve: (reply) => {
          cancelTimer();
          resolve(reply);
        },
        reject: (error) => {
          cancelTimer();
          reject(error);
        },
      });
      this.#socket.send(frame);
    }) as Promise<Replies[A]>;
  }

  /** Ends it. Handlers hear nothing any more. Resolves when the other side has agreed, or does not in time. */
  async close(code: number): Promise<void> {
    this.#handlers = { onPush: () => {}, onClose: () => {} };
    if (this.#closed) return;
    this.#end(code);
    // With a reason, since API Gateway gives a close of its own the code 1000 as well.
    this.#socket.close(code, code === CLOSE.goodbye ? 'goodbye' : 'abandoned');
    let cancel = () => {};
    const timeout = new Promise<void>((resolve) => {
      cancel = this.#clock.setTimer(() => {
        // The socket of `ws` can be cut; others keep a dead connection until the system gives it up.
        this.#socket.terminate?.();
        resolve();
      }, CLOSE_TIMEOUT_MS);
    });
    await Promise.race([this.#gone, timeout]);
    cancel();
  }

  #accept(frame: unknown): void {
    const message = decode(frame);
    const localTime = this.#onLocalTime && localTimeOf(message);
    if (localTime) {
      this.#onLocalTime?.(localTime);
      return;
    }
    const pending = isReply(message) ? this.#pending.get(message.requestId) : undefined;
    if (isReply(message) && pending) {
      this.#pending.delete(message.requestId);
      if (message.type === 'error') pending.reject(refusalError(message));
      else pending.resolve(message);
      return;
    }
    if (isGatewayError(message)) {
      // API Gateway's own: it does not say which message it is about.
      const error = refusalError({ code: 'SERVICE_UNAVAILABLE', message: `API Gateway: ${message.message}` });
      this.#rejectAll(error);
      return;
    }
    if (this.#handlers) this.#handlers.onPush(message);
    else this.#waiting.push(message);
  }

  #end(code: number): void {
    if (this.#closed) return;
    this.#closed = { code };
    this.#rejectAll(connectionFailed(`The connection ended with close code ${code}`));
    this.#handlers?.onClose(this.#closed);
  }

  #rejectAll(error: Error): void {
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of pending) reject(error);
  }
}

/** How long the other side has to answer a close frame. */
const CLOSE_TIMEOUT_MS = 3000;

function discard(socket: WebSocketLike & { terminate?(): void }): void {
  try {
    if (socket.terminate) socket.terminate();
    else socket.close();
  } catch {
    // Some implementations object to closing what is not open; it is given up anyway.
  }
}

function decode(frame: unknown): unknown {
  if (typeof frame !== 'string') return frame;
  try {
    return JSON.parse(frame) as unknown;
  } catch {
    return frame;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const isReply = (message: unknown): message is ServerMessage & { requestId: string } =>
  isServiceMessage(message) && 'requestId' in message && typeof message.requestId === 'string';

const tooLarge = (bytes: number) =>
  refusalError({
    code: 'MESSAGE_TOO_LARGE',
    message: `The request has ${bytes} bytes; the service takes ${MAX_MESSAGE_BYTES} of a client`,
  });

const isGatewayError = (message: unknown): message is { message: string } =>
  isObject(message) &&
  message.type === undefined &&
  ['message', 'connectionId', 'requestId'].every((field) => typeof message[field] === 'string');
