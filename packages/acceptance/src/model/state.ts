/** The numbers that the model shares with the system: the stack's own defaults, but for the capacity and the status. */
export const RULES = {
  /** In two shards. */
  capacity: 4,
  graceSeconds: 30,
  silenceSeconds: 90,
  /** After so many timeouts a silent connection is closed, whatever API Gateway has seen of it. */
  maxTimeouts: 3,
  /** An end that is not complete is gone on with after this. */
  endSeconds: 90,
  refreshSeconds: 6000,
  warnSeconds: 6300,
  sessionSeconds: 7200,
  tokenSeconds: 3600,
  /** The heartbeat before the last one must be older than this. */
  twoBeatsSeconds: 30,
  /** Likewise for two requests for the status. */
  twoRequestsSeconds: 10,
  rolelessSeconds: 120,
  refusalsPerMinute: 60,
  wrongIdWeight: 20,
  wrongIdsPerMinute: 30,
} as const;

/** What the service knows of a connection that holds a role. Times are seconds of the model's clock. */
export interface Item {
  session: string;
  role: 'speaker' | 'listener';
  language?: string;
  heardAt: number;
  heardBeforeAt?: number;
  /** When it asked for the status. */
  askedAt?: number;
  askedBeforeAt?: number;
  languageChangedAt?: number;
}

/** A client's socket, with the name that scripts call it by. */
export interface Conn {
  readonly name: string;
  /** The higher, the later it was opened. */
  readonly order: number;
  readonly user: string | undefined;
  readonly client: string | undefined;
  readonly openedAt: number;
  isOpen: boolean;
  item: Item | undefined;
  /** When API Gateway last saw a message, either way. */
  activeAt: number;
  /** What it has had refused. */
  charged: { minute: number; points: number };
  /** Sessions of which it had a place when they ended: it must be notified, once. */
  readonly owed: Set<string>;
}

export interface BroadcastState {
  readonly paused: boolean;
  readonly muted: boolean;
  readonly volume: number;
}

export interface ModelSession {
  readonly name: string;
  readonly user: string;
  /** Absent while it is lost. */
  speaker: string | undefined;
  /** The connection that was the speaker's last. */
  lastSpeaker: string;
  client: string | undefined;
  state: 'active' | 'interrupted' | 'ended';
  broadcastState: BroadcastState;
  broadcastStateSetAt: number | undefined;
  revision: number;
  expiresAt: number;
  interruptedAt: number | undefined;
  endedAt: number | undefined;
  reason: string | undefined;
  isComplete: boolean;
  /** How it was at each revision, as far as the model knows. */
  readonly history: Map<number, string>;
  /** Its speaker is to be told that listeners came, went, or changed their language. */
  isStatusDue: boolean;
}

/** A `$disconnect` that is on its way for some virtual time. */
export interface LateDisconnect {
  readonly conn: string;
  readonly isGoodbye: boolean;
  readonly dueAt: number;
}

/** A notification that a connection is to get. */
export interface Push {
  readonly to: string;
  readonly type: string;
  readonly session?: string;
  readonly reason?: string;
  /** True: it may also not come; which of two orders the service took decides. */
  readonly isOptional?: boolean;
}

/** The whole state of the model; small, so that it can be copied before each step. */
export class State {
  now = 0;
  /** Of the stack's clock, when the step began: limits are counted by it. */
  minute = 0;
  readonly conns = new Map<string, Conn>();
  readonly sessions = new Map<string, ModelSession>();
  readonly denied = new Set<string>();
  wrongIds = { minute: 0, count: 0 };
  late: LateDisconnect[] = [];

  conn(name: string): Conn {
    const conn = this.conns.get(name);
    if (!conn) throw new Error(`The model has no connection ${name}`);
    return conn;
  }

  session(name: string): ModelSession {
    const session = this.sessions.get(name);
    if (!session) throw new Error(`The model has no session ${name}`);
    return session;
  }

  /** The connections that hold a place of a session. */
  listeners(session: string): Conn[] {
    return [...this.conns.values()].filter(({ item }) => item?.role === 'listener' && item.session === session);
  }

  languages(session: string): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { item } of this.listeners(session)) {
      const language = item?.language ?? '?';
      counts[language] = (counts[language] ?? 0) + 1;
    }
    return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  isLive({ state, expiresAt }: ModelSession): boolean {
    return state !== 'ended' && expiresAt > this.now;
  }

  /** A copy that shares nothing with this one. */
  copy(): State {
    const copy = new State();
    copy.now = this.now;
    copy.minute = this.minute;
    copy.late = [...this.late];
    copy.wrongIds = { ...this.wrongIds };
    for (const user of this.denied) copy.denied.add(user);
    for (const [name, conn] of this.conns) {
      copy.conns.set(name, {
        ...conn,
        item: conn.item && { ...conn.item },
        charged: { ...conn.charged },
        owed: new Set(conn.owed),
      });
    }
    for (const [name, session] of this.sessions) {
      copy.sessions.set(name, { ...session, history: new Map(session.history) });
    }
    return copy;
  }
}

/** How a session is, in the words of every reply and notification. */
export const sessionNow = ({ state, revision, broadcastState }: ModelSession) => ({ state, revision, broadcastState });

/** The same without the revision, as a text to compare. */
export const tellsOf = ({ state, broadcastState: { paused, muted, volume } }: ModelSession): string =>
  tells(state, { paused, muted, volume });

export const tells = (state: string, { paused, muted, volume }: BroadcastState): string =>
  JSON.stringify([state, paused, muted, volume]);

/** Notes a write to the session: each raises the revision. */
export function revise(session: ModelSession, change: Partial<ModelSession>): void {
  Object.assign(session, change);
  session.revision++;
  session.history.set(session.revision, tellsOf(session));
}
