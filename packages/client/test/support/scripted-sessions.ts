import type {
  Action,
  BroadcastState,
  ClientMessage,
  EndReason,
  ErrorCode,
  ServerMessage,
  SessionState,
} from '@sessions/core/protocol';
import type { WebSocket } from 'ws';
import { type LoggedMessage, type Published, ScriptedLog } from './scripted-log.ts';

/** One open socket, and what the service knows of it. */
export interface ScriptedConnection {
  readonly connectionId: string;
  readonly socket: WebSocket;
  /** Who has opened it, as the test calls them. */
  readonly client: string;
  readonly openedAtMs: number;
  readonly userId: string | undefined;
  readonly tokenExpiresAtMs: number | undefined;
  /** The code and the reason with which it ended. */
  ended?: { readonly code: number; readonly reason: string };
  role?: 'speaker' | 'listener';
  sessionId?: string;
  targetLanguage?: string;
}

export interface ScriptedSession {
  readonly sessionId: string;
  readonly userId: string | undefined;
  readonly createdAt: number;
  clientId: string | undefined;
  speaker: string;
  revision: number;
  state: SessionState;
  broadcastState: BroadcastState;
  reason?: EndReason;
  startsAt?: number;
  readonly log: ScriptedLog;
}

const JOIN_KEY = 'k-of-the-session';
const PLACE = '1800000000000#7';

/** What becomes of what the service sends by itself. */
export type Fate = 'send' | 'lose' | 'hold';

/** The sessions of a service in memory: what it answers, and whom it notifies. */
export abstract class ScriptedSessions {
  /** Every connection there ever was. */
  readonly connections: ScriptedConnection[] = [];
  readonly sessions = new Map<string, ScriptedSession>();
  /** What becomes of notifications from now on. */
  notifications: Fate = 'send';
  /** The same of messages, as they are published. */
  deliveries: Fate = 'send';
  /** The same of messages that are sent because somebody missed them. */
  replays: Fate = 'send';
  readonly held: { readonly to: ScriptedConnection; readonly message: ServerMessage }[] = [];
  heartbeatIntervalSeconds = 30;
  /** They follow the reply. */
  readonly #replayed: { readonly to: ScriptedConnection; readonly message: LoggedMessage }[] = [];

  protected abstract nowMs(): number;
  abstract post(to: ScriptedConnection, message: ServerMessage): void;

  /** Those that are open, oldest first. */
  get open(): ScriptedConnection[] {
    return this.connections.filter(({ ended }) => ended === undefined);
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

  /** Publishes as a backend does, and delivers to those who follow the channel now. */
  publish(sessionId: string, published: Published): LoggedMessage {
    const { message } = this.session(sessionId).log.append(published);
    for (const to of this.followers(sessionId, message.channel)) this.send(this.deliveries, to, message);
    return message;
  }

  /** Those that a message of this channel goes to. */
  followers(sessionId: string, channel: string): ScriptedConnection[] {
    return this.members(sessionId).filter((each) => channelsOf(each).includes(channel));
  }

  /** What was missed follows the reply. */
  protected sendReplays(): void {
    for (const { to, message } of this.#replayed.splice(0)) this.send(this.replays, to, message);
  }

  protected refusal({ code, retryAfter }: { readonly code: ErrorCode; readonly retryAfter?: number }): ServerMessage {
    const timestamp = this.nowMs();
    return {
      type: 'error',
      code,
      message: `Refused: ${code}`,
      timestamp,
      ...(retryAfter !== undefined && { retryAfter }),
    };
  }

  protected reply(connection: ScriptedConnection, message: ClientMessage): ServerMessage {
    const { action } = message;
    const refuse = (code: ErrorCode, retryAfter?: number) =>
      this.refusal({ code, ...(retryAfter !== undefined && { retryAfter }) });
    const isSpeakers =
      ['createSession', 'publish', 'setBroadcastState', 'endSession', 'getSessionStatus'].includes(action) ||
      (message.action === 'refreshConnection' && message.role === 'speaker');
    if (isSpeakers) {
      if (connection.userId === undefined) return refuse('SERVICE_UNAVAILABLE', 2);
      if ((connection.tokenExpiresAtMs ?? 0) <= this.nowMs()) return refuse('TOKEN_EXPIRED');
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
    const createdAt = this.nowMs();
    const session: ScriptedSession = {
      sessionId,
      userId: connection.userId,
      createdAt,
      clientId,
      speaker: connection.connectionId,
      revision: 1,
      state: 'active',
      broadcastState: { paused: false, muted: false, volume: 1 },
      log: new ScriptedLog(createdAt, () => this.nowMs()),
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
      ...this.#now(connection, session),
      heartbeatIntervalSeconds: this.heartbeatIntervalSeconds,
    } as const;
  }

  #join(
    connection: ScriptedConnection,
    { sessionId: typed, targetLanguage, epoch, since, rewind }: Of<'joinSession'>,
  ): ServerMessage | undefined {
    const sessionId = typed.toLowerCase().replaceAll(' ', '-');
    const session = this.sessions.get(sessionId);
    if (!session || session.state === 'ended') return undefined;
    Object.assign(connection, { role: 'listener', sessionId, targetLanguage });
    const channels = channelsOf(connection);
    const missed = since
      ? session.log.missed(channels, { epoch, since })
      : rewind && session.log.last(channels, rewind);
    return {
      type: 'sessionJoined',
      sessionId,
      sourceLanguage: 'en',
      targetLanguage,
      connectionId: connection.connectionId,
      place: PLACE,
      listenerCount: this.members(sessionId, 'listener').length,
      ...this.#now(connection, session, missed || undefined),
      ...(session.startsAt !== undefined && { startsAt: session.startsAt }),
      heartbeatIntervalSeconds: this.heartbeatIntervalSeconds,
    };
  }

  #refresh(connection: ScriptedConnection, message: Of<'refreshConnection'>): ServerMessage | undefined {
    const { sessionId, role, previousConnectionId = '', clientId, takeOver, epoch, since } = message;
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
      const { state } = session;
      const changed = this.#change(sessionId, { speaker: connection.connectionId, clientId, state: 'active' });
      if (state === 'scheduled')
        this.#notifyListeners(sessionId, { type: 'sessionStarted', sessionId, ...now(changed) });
      if (isOther && previous) {
        this.send(this.notifications, previous, { type: 'speakerReplaced', sessionId, revision: changed.revision });
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
      expiresAt: this.nowMs() + 7_200_000,
      ...this.#now(connection, session, since && session.log.missed(channelsOf(connection), { epoch, since })),
      heartbeatIntervalSeconds: this.heartbeatIntervalSeconds,
      ...(role === 'speaker' && { joinKey: JOIN_KEY }),
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
          timestamp: this.nowMs(),
          connectionExpiresAt: connection.openedAtMs + 7_200_000,
          ...this.#now(connection, session),
          ...(session.reason && { reason: session.reason }),
        };
      case 'changeLanguage':
        connection.targetLanguage = message.targetLanguage;
        return {
          type: 'languageChanged',
          sessionId,
          targetLanguage: message.targetLanguage,
          ...this.#now(connection, session),
        };
      case 'recover': {
        const missed = session.log.missed(channelsOf(connection), message);
        return { type: 'recovery', sessionId, ...this.#now(connection, session, missed), recovered: missed.recovered };
      }
      case 'publish': {
        const { message: logged, repeated } = session.log.append(message);
        const { channel, epoch, offset } = logged;
        const to = this.followers(sessionId, channel);
        for (const each of to) this.send(this.deliveries, each, logged);
        const counts = { delivered: to.length, gone: 0, failed: 0 };
        return { type: 'messagePublished', sessionId, channel, epoch, offset, repeated, ...counts };
      }
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

  status(sessionId: string, timestamp = this.nowMs()): ServerMessage {
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
    for (const listener of this.members(sessionId, 'listener')) this.send(this.notifications, listener, message);
  }

  protected send(fate: Fate, to: ScriptedConnection, message: ServerMessage): void {
    if (fate === 'send') this.post(to, message);
    if (fate === 'hold') this.held.push({ to, message });
  }

  /** The state of a session and of the channels that a connection follows, and what it has missed of them. */
  #now(
    to: ScriptedConnection,
    session: ScriptedSession,
    missed?: ReturnType<ScriptedLog['missed']>,
  ): ReturnType<typeof now> & ReturnType<ScriptedLog['positions']> & { recovered?: boolean } {
    for (const message of missed?.messages ?? []) this.#replayed.push({ to, message });
    return {
      ...now(session),
      ...session.log.positions(channelsOf(to)),
      ...(missed && { recovered: missed.recovered }),
    };
  }
}

type Of<A extends Action> = Extract<ClientMessage, { action: A }>;

const now = ({ state, revision, broadcastState }: ScriptedSession) => ({ state, revision, broadcastState });

const channelsOf = ({ role, targetLanguage = '' }: ScriptedConnection): string[] =>
  role === 'speaker' ? ['speaker', 'all'] : [targetLanguage, 'all'];
