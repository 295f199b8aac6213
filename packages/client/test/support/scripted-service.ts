import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type Action,
  type ClientMessage,
  clientMessages,
  type ErrorCode,
  offeredSubprotocols,
  type ServerMessage,
  SUBPROTOCOL,
  serverMessages,
  TOKEN_SUBPROTOCOL_PREFIX,
} from '@sessions/core/protocol';
import { type WebSocket, WebSocketServer } from 'ws';
import { type ScriptedConnection, ScriptedSessions } from './scripted-sessions.ts';

export type { ScriptedConnection } from './scripted-sessions.ts';

/** `hold`: does what was asked, and holds the reply like a notification. */
export type Answer = 'silence' | 'close' | 'hold' | { readonly code: ErrorCode; readonly retryAfter?: number };

export interface Received {
  readonly connectionId: string;
  readonly message: ClientMessage;
}

/**
 * The protocol's service, in memory, that does what a test says: answers, refuses, is silent, loses or holds its
 * notifications. It reads and writes nothing that the protocol's schemas do not allow, so a test cannot be built on a
 * message that the service would never send or take.
 */
export class ScriptedService extends ScriptedSessions {
  readonly received: Received[] = [];
  readonly sent: ServerMessage[] = [];
  handshakes = 0;
  /** The status to refuse a handshake with. */
  refuseHandshake: (token: string | undefined) => number | undefined = () => undefined;
  /** Whether tokens can be checked. */
  canCheckTokens = true;
  /** No answer comes to what came last. */
  readonly silentTo = new Set<string>();
  onSilence = () => {};
  readonly #answers: { readonly action: Action; readonly answer: Answer }[] = [];
  readonly #clock: () => number;
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  });
  #ids = 0;

  private constructor(nowMs: () => number) {
    super();
    this.#clock = nowMs;
    this.#server = createServer();
    this.#server.on('upgrade', (request, socket, head) => {
      this.handshakes++;
      this.silentTo.delete(clientOf(request));
      socket.on('error', () => {});
      const token = tokenOf(request);
      const status = this.refuseHandshake(token) ?? (token !== undefined ? this.#refuseToken(token) : undefined);
      if (status !== undefined) {
        socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
        return;
      }
      this.#sockets.handleUpgrade(request, socket, head, (opened) => this.#accept(opened, clientOf(request), token));
    });
  }

  static async start(nowMs: () => number): Promise<ScriptedService> {
    const service = new ScriptedService(() => Math.floor(nowMs()));
    service.#server.listen(0, '127.0.0.1');
    await once(service.#server, 'listening');
    return service;
  }

  protected nowMs(): number {
    return this.#clock();
  }

  async stop(): Promise<void> {
    for (const { socket } of this.connections) socket.terminate();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/dev`;
  }

  /** A token of this user. It has no signature: a token of `nobody` is one that this service refuses. */
  token(userId: string, expiresInSeconds = 3600): string {
    const exp = Math.floor(this.nowMs() / 1000) + expiresInSeconds;
    return `e30.${Buffer.from(JSON.stringify({ sub: userId, exp })).toString('base64url')}.s`;
  }

  /** Lets the next messages of that action get these answers, one each, instead of the usual one. */
  script(action: Action, ...answers: readonly Answer[]): void {
    this.#answers.push(...answers.map((answer) => ({ action, answer })));
  }

  /** What came with an action, in order. */
  messages<A extends Action>(action: A): Extract<ClientMessage, { action: A }>[] {
    return this.received
      .map(({ message }) => message)
      .filter((message): message is Extract<ClientMessage, { action: A }> => message.action === action);
  }

  /** Sends held notifications, in the order given. */
  release(order: (types: ServerMessage['type'][]) => number[]): void {
    const held = this.held.splice(0);
    for (const index of order(held.map(({ message }) => message.type))) {
      const one = held[index];
      if (one) this.post(one.to, one.message);
    }
  }

  post({ socket }: ScriptedConnection, message: ServerMessage): void {
    serverMessages[message.type].parse(message);
    this.sent.push(message);
    socket.send(JSON.stringify(message));
  }

  #refuseToken(token: string): number | undefined {
    if (!this.canCheckTokens) return undefined;
    const { sub, exp } = readToken(token);
    return sub === 'nobody' || exp * 1000 <= this.nowMs() ? 401 : undefined;
  }

  #accept(socket: WebSocket, client: string, token: string | undefined): void {
    const isKnown = token !== undefined && this.canCheckTokens;
    const { sub, exp } = isKnown ? readToken(token) : { sub: undefined, exp: undefined };
    const connection: ScriptedConnection = {
      connectionId: `c${++this.#ids}`,
      socket,
      client,
      openedAtMs: this.nowMs(),
      userId: sub,
      tokenExpiresAtMs: exp === undefined ? undefined : exp * 1000,
    };
    this.connections.push(connection);
    socket.on('error', () => {});
    socket.on('close', (code, reason) => {
      connection.ended = { code, reason: reason.toString() };
    });
    socket.on('message', (data) => this.#handle(connection, JSON.parse(data.toString()) as { action: Action }));
  }

  #handle(connection: ScriptedConnection, raw: { action: Action }): void {
    const message = clientMessages[raw.action].parse(raw) as ClientMessage;
    this.received.push({ connectionId: connection.connectionId, message });
    const { requestId } = message;
    const index = this.#answers.findIndex(({ action }) => action === message.action);
    const [scripted] = index < 0 ? [] : this.#answers.splice(index, 1);
    this.silentTo.delete(connection.client);
    if (scripted?.answer === 'silence') {
      this.silentTo.add(connection.client);
      this.onSilence();
      return;
    }
    if (scripted?.answer === 'close') {
      connection.socket.close(1001);
      return;
    }
    const refusal = scripted && scripted.answer !== 'hold' ? this.refusal(scripted.answer) : undefined;
    const reply = refusal ?? this.reply(connection, message);
    const answer = { ...reply, ...(requestId !== undefined && { requestId }) } as ServerMessage;
    if (scripted?.answer === 'hold') this.held.push({ to: connection, message: answer });
    else this.post(connection, answer);
    this.sendReplays();
  }
}

const readToken = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { sub: string; exp: number };

/** The header by which a client of a test says who it is. */
export const CLIENT_HEADER = 'x-client';

const clientOf = ({ headers }: IncomingMessage): string => String(headers[CLIENT_HEADER] ?? '');

const tokenOf = (request: IncomingMessage): string | undefined =>
  offeredSubprotocols(request.headers['sec-websocket-protocol'])
    .find((name) => name.startsWith(TOKEN_SUBPROTOCOL_PREFIX))
    ?.slice(TOKEN_SUBPROTOCOL_PREFIX.length);
