import { once } from 'node:events';
import { SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX } from '@sessions/core/protocol';
import WebSocket from 'ws';
import { type Frame, show } from './expectations.ts';
import { NoAnswer, SmokeError } from './smoke-error.ts';

/** The handshake was answered with an HTTP status. */
export class HandshakeRefused extends SmokeError {
  readonly statusCode: number;

  constructor(who: string, statusCode: number) {
    super(`${who}: the handshake was refused with ${statusCode}`);
    this.statusCode = statusCode;
  }
}

export interface ConnectOptions {
  readonly url: string;
  /** A speaker's. Absent: a listener. */
  readonly token?: string;
  /** Whose connection it is, for messages. */
  readonly who: string;
  /** How long to wait for anything, milliseconds. */
  readonly timeoutMs: number;
}

interface Waiter {
  readonly matches: (frame: Frame) => boolean;
  readonly resolve: (frame: Frame) => void;
  readonly reject: (error: NoAnswer) => void;
}

/** One WebSocket, with what came on it and was not yet asked for. Everything that is waited for has a time limit. */
export class Connection {
  readonly who: string;
  readonly #socket: WebSocket;
  readonly #timeoutMs: number;
  readonly #inbox: Frame[] = [];
  readonly #waiting = new Set<Waiter>();
  #requests = 0;
  #ending: string | undefined;

  private constructor(socket: WebSocket, { who, timeoutMs }: ConnectOptions) {
    this.who = who;
    this.#socket = socket;
    this.#timeoutMs = timeoutMs;
    socket.on('message', (data, isBinary) => this.#accept(isBinary ? { binary: true } : parse(String(data))));
    socket.on('error', () => {}); // told by `close`, or by `open` below
    socket.once('close', (code) => {
      this.#ending = `the connection was closed with ${code}`;
      for (const { reject } of this.#waiting) reject(this.#noAnswer(this.#ending));
    });
  }

  /** @throws {HandshakeRefused} @throws {SmokeError} no answer, or nothing to connect to */
  static async open(options: ConnectOptions): Promise<Connection> {
    const { url, token, who, timeoutMs } = options;
    const protocols = [SUBPROTOCOL, ...(token === undefined ? [] : [`${TOKEN_SUBPROTOCOL_PREFIX}${token}`])];
    const socket = new WebSocket(url, protocols, { handshakeTimeout: timeoutMs });
    const connection = new Connection(socket, options);
    const refused = new Promise<never>((_, reject) => {
      socket.once('unexpected-response', (request, response) => {
        response.resume();
        request.destroy();
        reject(new HandshakeRefused(who, response.statusCode ?? 0));
      });
      socket.once('error', (error) => reject(new SmokeError(`${who}: could not connect: ${reasonOf(error)}`)));
    });
    refused.catch(() => {});
    await Promise.race([once(socket, 'open'), refused]);
    return connection;
  }

  /** The subprotocol that the service chose. */
  get protocol(): string {
    return this.#socket.protocol;
  }

  /** What came that nobody asked for. */
  get unread(): readonly Frame[] {
    return this.#inbox;
  }

  /**
   * Sends a message and waits for the reply to it.
   * @returns the reply, and the `requestId` that it should carry
   * @throws {NoAnswer}
   */
  async request(message: Frame): Promise<{ reply: Frame; requestId: string }> {
    const requestId = `smoke-${++this.#requests}`;
    this.sendText(JSON.stringify({ ...message, requestId }));
    // What has no type is API Gateway's own, and answers whatever was asked last.
    const isReply = (frame: Frame) => frame.requestId === requestId || typeof frame.type !== 'string';
    return { reply: await this.next(isReply, `reply to ${String(message.action)}`), requestId };
  }

  sendText(text: string): void {
    this.#socket.send(text);
  }

  /** The next frame that matches, which may have come already. @throws {NoAnswer} */
  async next(matches: (frame: Frame) => boolean, what: string): Promise<Frame> {
    const index = this.#inbox.findIndex(matches);
    const [frame] = index < 0 ? [] : this.#inbox.splice(index, 1);
    if (frame) return frame;
    if (this.#ending !== undefined) throw this.#noAnswer(`no ${what}: ${this.#ending}`);
    const { promise, resolve, reject } = Promise.withResolvers<Frame>();
    const waiter: Waiter = { matches, resolve, reject };
    const timer = setTimeout(() => {
      const instead = this.#inbox.length > 0 ? `; instead came ${show(this.#inbox)}` : '';
      reject(this.#noAnswer(`no ${what} within ${this.#timeoutMs / 1000} s${instead}`));
    }, this.#timeoutMs);
    this.#waiting.add(waiter);
    return promise.finally(() => {
      clearTimeout(timer);
      this.#waiting.delete(waiter);
    });
  }

  /** Says goodbye; a service that does not answer that is left alone. */
  async close(): Promise<void> {
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    const closed = once(this.#socket, 'close');
    const timer = setTimeout(() => this.#socket.terminate(), this.#timeoutMs);
    this.#socket.close(1000);
    await closed;
    clearTimeout(timer);
  }

  #accept(frame: Frame): void {
    for (const waiter of this.#waiting) {
      if (waiter.matches(frame)) {
        this.#waiting.delete(waiter);
        waiter.resolve(frame);
        return;
      }
    }
    this.#inbox.push(frame);
  }

  #noAnswer(problem: string): NoAnswer {
    return new NoAnswer(`${this.who}: ${problem}`);
  }
}

/** What is no JSON object is kept, to be shown: nobody asks for it. */
function parse(text: string): Frame {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Frame;
  } catch {
    // Falls through.
  }
  return { notAnObject: text };
}

/** Node.js gives a failed connection to several addresses no message, only a code. */
const reasonOf = (error: NodeJS.ErrnoException): string => error.message || error.code || 'unknown';
