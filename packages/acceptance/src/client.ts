import { once } from 'node:events';
import type { ClientMessage, ServerMessage, ServerMessageOf, ServerMessageType } from '@sessions/core/protocol';
import WebSocket from 'ws';

/** What a client asks for when it connects. */
export interface ConnectOptions {
  /** A speaker's token, sent as a subprotocol. */
  readonly token?: string;
  readonly protocols?: readonly string[];
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** The loopback address to come from, to play several households: `127.0.0.2` and so on. */
  readonly from?: string;
}

/** The handshake was refused; a browser would see only close 1006. */
export class HandshakeRefusedError extends Error {
  override readonly name = 'HandshakeRefusedError';
  readonly statusCode: number;

  constructor(statusCode: number) {
    super(`The handshake was refused with ${statusCode}`);
    this.statusCode = statusCode;
  }
}

interface Waiter {
  readonly matches: (message: ServerMessage) => boolean;
  readonly resolve: (message: ServerMessage) => void;
  readonly reject: (error: Error) => void;
}

/** A real WebSocket with an inbox: messages wait there until somebody asks for them, so none is missed. */
export class Client {
  readonly socket: WebSocket;
  /** Everything that came, in order. */
  readonly received: ServerMessage[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  #taken = new Set<ServerMessage>();
  #waiting: Waiter[] = [];
  #requests = 0;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => {
        resolve({ code, reason: reason.toString() });
        for (const { reject } of this.#waiting.splice(0)) reject(new Error(`Closed with ${code} while waiting`));
      });
    });
    socket.on('message', (data) => this.#accept(JSON.parse(data.toString()) as ServerMessage));
    socket.on('error', () => {}); // a cut connection shows as `closed`
  }

  /** @throws {HandshakeRefusedError} */
  static async connect(url: string, options: ConnectOptions = {}): Promise<Client> {
    const { token, query, headers, from } = options;
    const protocols = options.protocols ?? (token === undefined ? ['session.v1'] : ['session.v1', `bearer.${token}`]);
    const address = new URL(url);
    for (const [name, value] of Object.entries(query ?? {})) address.searchParams.set(name, value);
    const socket = new WebSocket(address, [...protocols], {
      ...(headers ? { headers: { ...headers } } : {}),
      ...(from ? { localAddress: from } : {}),
    });
    const client = new Client(socket);
    const refused = new Promise<never>((_, reject) => {
      socket.once('unexpected-response', (request, response) => {
        response.resume();
        request.destroy();
        reject(new HandshakeRefusedError(response.statusCode ?? 0));
      });
      socket.once('error', reject);
    });
    refused.catch(() => {});
    await Promise.race([once(socket, 'open'), refused]);
    return client;
  }

  #accept(message: ServerMessage): void {
    this.received.push(message);
    const index = this.#waiting.findIndex(({ matches }) => matches(message));
    if (index < 0) return;
    const [waiter] = this.#waiting.splice(index, 1);
    this.#taken.add(message);
    waiter?.resolve(message);
  }

  /** The first message not yet taken that matches; waits for it if it has not come. Rejects if the socket closes. */
  take(matches: (message: ServerMessage) => boolean): Promise<ServerMessage> {
    const message = this.received.find((candidate) => !this.#taken.has(candidate) && matches(candidate));
    if (message) {
      this.#taken.add(message);
      return Promise.resolve(message);
    }
    if (this.socket.readyState === WebSocket.CLOSED) return Promise.reject(new Error('The socket is closed'));
    return new Promise((resolve, reject) => this.#waiting.push({ matches, resolve, reject }));
  }

  async next<T extends ServerMessageType>(type: T): Promise<ServerMessageOf<T>> {
    return (await this.take((message) => message.type === type)) as ServerMessageOf<T>;
  }

  sendText(text: string): void {
    this.socket.send(text);
  }

  /** Sends a message and waits for the reply to it, whatever that is. */
  request(message: ClientMessage | Record<string, unknown>): Promise<ServerMessage> {
    const requestId = `r${++this.#requests}`;
    const reply = this.take((candidate) => 'requestId' in candidate && candidate.requestId === requestId);
    this.sendText(JSON.stringify({ ...message, requestId }));
    return reply;
  }

  /** Sends a message and waits for a reply of one type. @throws an error that shows any other reply */
  async ask<T extends ServerMessageType>(
    type: T,
    message: ClientMessage | Record<string, unknown>,
  ): Promise<ServerMessageOf<T>> {
    const reply = await this.request(message);
    if (reply.type !== type) throw new Error(`Expected ${type}, got ${JSON.stringify(reply)}`);
    return reply as ServerMessageOf<T>;
  }

  count(type: ServerMessageType): number {
    return this.received.filter((message) => message.type === type).length;
  }

  /** A clean goodbye. */
  async close(code?: number): Promise<void> {
    this.socket.close(code);
    await this.closed;
  }

  /** No goodbye: the TCP connection is cut. */
  async cut(): Promise<void> {
    this.socket.terminate();
    await this.closed;
  }
}
