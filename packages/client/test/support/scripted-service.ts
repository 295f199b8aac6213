import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type Action,
  type BroadcastState,
  type ClientMessage,
  clientMessages,
  type EndReason,
  type ErrorCode,
  offeredSubprotocols,
  type ServerMessage,
  type SessionState,
  SUBPROTOCOL,
  serverMessages,
  TOKEN_SUBPROTOCOL_PREFIX,
} from '@sessions/core/protocol';
import { type WebSocket, WebSocketServer } from 'ws';

/** One open socket, and what the service knows of it. */
export interface ScriptedConnection {
  readonly connectionId: string;
  readonly socket: WebSocket;
  readonly openedAtMs: number;
  readonly userId: string | undefined;
  readonly tokenExpiresAtMs: number | undefined;
  /** The code and the reason with which it ended. */
  ended?: { readonly code: number; readonly reason: string };
  role?: 'speaker' | 'listener';
  sessionId?: string;
  targetLanguage?: string;
}

interface ScriptedSession {
  readonly sessionId: string;
  readonly userId: string | undefined;
  readonly createdAt: number;
  clientId: string | undefined;
  speaker: string;
  revision: number;
  state: SessionState;
  broadcastState: BroadcastState;
  reason?: EndReason;
}

/** `hold`: does what was asked, and holds the reply like a notification. */
export type Answer = 'silence' | 'close' | 'hold' | { readonly code: ErrorCode; readonly retryAfter?: number };

export interface Received {
  readonly connectionId: string;
  readonly message: ClientMessage;
}

const JOIN_KEY = 'k-of-the-session';
const PLACE = '1800000000000#7';

/**
 * The protocol's service, in memory, that does what a test says: answers, refuses, is silent, loses or holds its
 * notifications. It reads and writes nothing that the protocol's schemas do not allow, so a test cannot be built on a
 * message that the service would never send or take.
 */
export class ScriptedService {
  readonly received: Received[] = [];
  readonly sent: ServerMessage[] = [];
  /** Every connection there ever was. */
  readonly connections: ScriptedConnection[] = [];
  readonly sessions = new Map<string, ScriptedSession>();
  /** What becomes of notifications from now on. */
  notifications: 'send' | 'lose' | 'hold' = 'send';
  readonly held: { readonly to: ScriptedConnection; readonly message: ServerMessage }[] = [];
  handshakes = 0;
  /** The status to refuse a handshake with. */
  refuseHandshake: (token: string | undefined) => number | undefined = () => undefined;
  /** Whether tokens can be checked. */
  canCheckTokens = true;
  heartbeatIntervalSeconds = 30;
  /** No answer comes to what came last. */
  isSilent = false;
  onSilence = () => {};
  readonly #answers: { readonly action: Action; readonly answer: Answer }[] = [];
  readonly #nowMs: () => number;
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  });
  #ids = 0;

  private constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#server = createServer();
    this.#server.on('upgrade', (request, socket, head) => {
      this.handshakes++;
      this.isSilent = false;
      socket.on('error', () => {});
      const token = tokenOf(request);
      const status = this.refuseHandshake(token) ?? (token !== undefined ? this.#refuseToken(token) : undefined);
      if (status !== undefined) {
        socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
        return;
      }
      this.#sockets.handleUpgrade(request, socket, head, (opened) => this.#accept(opened, token));
    });
  }

  static async start(nowMs: () => number): Promise<ScriptedService> {
    const service = new ScriptedService(() => Math.floor(nowMs()));
    service.#server.listen(0, '127.0.0.1');
    await once(service.#server, 'listening');
    return service;
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

  /** Those that are open, oldest first. */
  get open(): ScriptedConnection[] {
    return this.connections.filter(({ ended }) => ended === undefined);
  }

  /** A token of this user. It has no signature: a token of `nobody` is one that this service refuses. */
  token(userId: string, expiresInSeconds = 3600): string {
    const exp = Math.floor(this.#nowMs() / 1000) + expiresInSeconds;
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

  session(sessionId: string): ScriptedSession {
    const session = this.sessions.get(sessionId);
    if (!session) throw new Error(`There is no session ${sessionId}`);
    return session;
  }

  /** Those that have a role in the session. */
  members(sessionId: string, role?: 'speaker' | 'listener'): ScriptedConnection[] {
    return this.open.filter((each) => each.sessionId === sessionId && (role === undefined || each.role === role));
  }

  interrupt(sessionId: string): void {
    const changed = now(this.#change(sessionId, { state: 'interrupted' }));
    this.#notifyListeners(sessionId, { type: 'sessionInterrupted', sessionId, ...changed, graceSeconds: 30 });
  }

  resume(sessionId: string): void {
    const changed = now(this.#change(sessionId, { state: 'active' }));
    this.#notifyListeners(sessionId, { type: 'sessionResumed', sessionId, ...changed });
  }

  end(sessionId: string, reason: EndReason = 'expired'): void {
    const { revision } = this.#change(sessionId, { state: 'ended', reason });
    this.#notifyListeners(sessionId, { type: 'sessionEnded', sessionId, revision, reason });
  }

  setBroadcastState(sessionId: string, change: Partial<BroadcastState>): ServerMessage {
    const before = this.session(sessionId).broadcastState;
    const changed = now(this.#change(sessionId, { broadcastState: { ...before, ...change } }));
    const message = { type: 'broadcastStateChanged', sessionId, ...changed } as const;
    this.#notifyListeners(sessionId, message);
    return message;
  }

  /** Takes the place of a connection away, as after a sweep. */
  removePlace(connection: ScriptedConnection): void {
    delete connection.role;
    delete connection.sessionId;
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
    return sub === 'nobody' || exp * 1000 <= this.#nowMs() ? 401 : undefined;
  }

  #accept(socket: WebSocket, token: string | undefined): void {
    const isKnown = token !== undefined && this.canCheckTokens;
    const { sub, exp } = isKnown ? readToken(token) : { sub: undefined, exp: undefined };
    const connection: ScriptedConnection = {
      connectionId: `c${++this.#ids}`,
      socket,
      openedAtMs: this.#nowMs(),
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
    this.isSilent = scripted?.answer === 'silence';
    if (scripted?.answer === 'silence') {
      this.onSilence();
      return;
    }
    if (scripted?.answer === 'close') {
      connection.socket.close(1001);
      return;
    }
    const refusal = scripted && scripted.answer !== 'hold' ? this.#refusal(scripted.answer) : undefined;
    const reply = refusal ?? this.#reply(connection, message);
    const answer = { ...reply, ...(requestId !== undefined && { requestId }) } as ServerMessage;
    if (scripted?.answer === 'hold') this.held.push({ to: connection, message: answer });
    else this.post(connection, answer);
  }

  #refusal({ code, retryAfter }: Exclude<Answer, string>): ServerMessage {
    const timestamp = this.#nowMs();
    return {
      type: 'error',
      code,
      message: `Refused: ${code}`,
      timestamp,
      ...(retryAfter !== undefined && { retryAfter }),
    };
  }

  #reply(connection: ScriptedConnection, message: ClientMessage): ServerMessage {
    const { action } = message;
    const refuse = (code: ErrorCode, retryAfter?: number) =>
      this.#refusal({ code, ...(retryAfter !== undefined && { retryAfter }) });
    const isSpeakers =
      ['createSession', 'setBroadcastState', 'endSession', 'getSessionStatus'].includes(action) ||
      (message.action === 'refreshConnection' && message.role === 'speaker');
    if (isSpeakers) {
      if (connection.userId === undefined) return refuse('SERVICE_UNAVAILABLE', 2);
      if ((connection.tokenExpiresAtMs ?? 0) <= this.#nowMs()) return refuse('TOKEN_EXPIRED');
    }
    switch (message.action) {
      case 'createSession':
        return this.#create(connection, message);
      case 'joinSession':
        return this.#join(connection, message) ?? refuse('SESSION_NOT_FOUND');
      case 'refreshConnection':
        return this.#refresh(connection, message) ?? refuse(this.#whyNotRefreshed(connection, message));
      default:
        return this.#command(connection, message) ?? refuse('NOT_IN_SESSION');
    }
  }

  #create(connection: ScriptedConnection, { sourceLanguage, qualityTier = 'standard', clientId }: Of<'createSession'>) {
    const sessionId = `faithful-shepherd-${100 + this.sessions.size}`;
    const createdAt = this.#nowMs();
    const session: ScriptedSession = {
      sessionId,
      userId: connection.userId,
      createdAt,
      clientId,
      speaker: connection.connectionId,
      revision: 1,
      state: 'active',
      broadcastState: { paused: false, muted: false, volume: 1 },
    };
    this.sessions.set(sessionId, session);
    Object.assign(connection, { role: 'speaker', sessionId });
    return {
      type: 'sessionCreated',
      sessionId,
      sourceLanguage,
      qualityTier,
      connectionId: connection.connectionId,
      createdAt,
      expiresAt: createdAt + 7_200_000,
      joinKey: JOIN_KEY,
      maxListeners: 500,
      ...now(session),
      heartbeatIntervalSeconds: this.heartbeatIntervalSeconds,
    } as const;
  }

  #join(
    connection: ScriptedConnection,
    { sessionId: typed, targetLanguage }: Of<'joinSession'>,
  ): ServerMessage | undefined {
    const sessionId = typed.toLowerCase().replaceAll(' ', '-');
    const session = this.sessions.get(sessionId);
    if (!session || session.state === 'ended') return undefined;
    Object.assign(connection, { role: 'listener', sessionId, targetLanguage });
    return {
      type: 'sessionJoined',
      sessionId,
      sourceLanguage: 'en',
      targetLanguage,
      connectionId: connection.connectionId,
      place: PLACE,
      listenerCount: this.members(sessionId, 'listener').length,
      ...now(session),
      heartbeatIntervalSeconds: this.heartbeatIntervalSeconds,
    };
  }

  #refresh(connection: ScriptedConnection, message: Of<'refreshConnection'>): ServerMessage | undefined {
    const { sessionId, role, previousConnectionId = '', clientId, takeOver } = message;
    const session = this.sessions.get(sessionId);
    if (!session || session.state === 'ended') return undefined;
    const previous = this.connections.find(
      (each) => each.connectionId === (role === 'speaker' ? session.speaker : previousConnectionId),
    );
    if (role === 'listener' && previous?.role !== 'listener') return undefined;
    if (role === 'speaker') {
      if (session.userId !== connection.userId) return undefined;
      const isOther = session.clientId !== clientId;
      if (isOther && !takeOver) return undefined;
      const changed = this.#change(sessionId, { speaker: connection.connectionId, clientId, state: 'active' });
      if (isOther && previous) {
        this.#notify(previous, { type: 'speakerReplaced', sessionId, revision: changed.revision });
      }
    }
    const targetLanguage = previous?.targetLanguage;
    if (previous) this.removePlace(previous);
    Object.assign(connection, { role, sessionId, ...(role === 'listener' && { targetLanguage }) });
    return {
      type: 'connectionRefreshComplete',
      sessionId,
      role,
      ...(role === 'listener' && { targetLanguage, place: PLACE }),
      connectionId: connection.connectionId,
      previousConnectionId: previous?.connectionId ?? '',
      expiresAt: this.#nowMs() + 7_200_000,
      ...now(session),
    };
  }

  #whyNotRefreshed({ userId }: ScriptedConnection, { role, sessionId }: Of<'refreshConnection'>): ErrorCode {
    if (role === 'listener') return 'NOT_IN_SESSION';
    const session = this.sessions.get(sessionId);
    return session?.userId === userId && session?.state !== 'ended' ? 'SPEAKER_REPLACED' : 'SESSION_NOT_FOUND';
  }

  #command(connection: ScriptedConnection, message: ClientMessage): ServerMessage | undefined {
    const { sessionId } = connection;
    if (sessionId === undefined) return undefined;
    const session = this.session(sessionId);
    switch (message.action) {
      case 'heartbeat':
        return {
          type: 'heartbeatAck',
          sessionId,
          timestamp: this.#nowMs(),
          connectionExpiresAt: connection.openedAtMs + 7_200_000,
          ...now(session),
          ...(session.reason && { reason: session.reason }),
        };
      case 'changeLanguage':
        connection.targetLanguage = message.targetLanguage;
        return { type: 'languageChanged', sessionId, targetLanguage: message.targetLanguage, ...now(session) };
      case 'setBroadcastState': {
        const { action: _action, requestId: _requestId, ...change } = message;
        return this.setBroadcastState(sessionId, change as Partial<BroadcastState>);
      }
      case 'endSession':
        this.end(sessionId, 'speakerEnded');
        return { type: 'sessionEnded', sessionId, revision: session.revision, reason: 'speakerEnded' };
      case 'getSessionStatus':
        return this.status(sessionId);
      default:
        return undefined;
    }
  }

  status(sessionId: string, timestamp = this.#nowMs()): ServerMessage {
    const session = this.session(sessionId);
    const languages = this.members(sessionId, 'listener').map(({ targetLanguage = '' }) => targetLanguage);
    const listenersByLanguage: Record<string, number> = {};
    for (const language of languages) listenersByLanguage[language] = (listenersByLanguage[language] ?? 0) + 1;
    return {
      type: 'sessionStatus',
      sessionId,
      ...now(session),
      listenerCount: languages.length,
      listenersByLanguage,
      createdAt: session.createdAt,
      expiresAt: session.createdAt + 7_200_000,
      durationSeconds: Math.floor((timestamp - session.createdAt) / 1000),
      timestamp,
    };
  }

  #change(sessionId: string, change: Partial<ScriptedSession>): ScriptedSession {
    const session = this.session(sessionId);
    return Object.assign(session, change, { revision: session.revision + 1 });
  }

  #notifyListeners(sessionId: string, message: ServerMessage): void {
    for (const listener of this.members(sessionId, 'listener')) this.#notify(listener, message);
  }

  #notify(to: ScriptedConnection, message: ServerMessage): void {
    if (this.notifications === 'send') this.post(to, message);
    if (this.notifications === 'hold') this.held.push({ to, message });
  }
}

type Of<A extends Action> = Extract<ClientMessage, { action: A }>;

const now = ({ state, revision, broadcastState }: ScriptedSession) => ({ state, revision, broadcastState });

const readToken = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { sub: string; exp: number };

const tokenOf = (request: IncomingMessage): string | undefined =>
  offeredSubprotocols(request.headers['sec-websocket-protocol'])
    .find((name) => name.startsWith(TOKEN_SUBPROTOCOL_PREFIX))
    ?.slice(TOKEN_SUBPROTOCOL_PREFIX.length);
