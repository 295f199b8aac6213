/** The numbers that the model shares with the system: the stack's own defaults, but for the capacity and the status. */
export const RULES = {
  capacity: 3,
  graceSeconds: 30,
  silenceSeconds: 90,
  reconcileSeconds: 30,
  refreshSeconds: 6000,
  warnSeconds: 6300,
  sessionSeconds: 7200,
  /** The heartbeat before the last one must be older than this. */
  twoBeatsSeconds: 30,
  /** Likewise for two requests for the status. */
  twoRequestsSeconds: 10,
  /** Longer than the few real seconds of a sequence, shorter than any wait. */
  statusPushSeconds: 10,
} as const;

/** What the service knows of a connection that holds a role. Times are seconds of the model's clock. */
export interface Item {
  session: string;
  role: 'speaker' | 'listener';
  language?: string;
  supersededBy?: string;
  heardAt: number;
  heardBeforeAt?: number;
  /** When it asked for the status. */
  askedAt?: number;
  askedBeforeAt?: number;
}

/** A client's socket, with the name that scripts call it by. */
export interface Conn {
  readonly name: string;
  readonly user: string | undefined;
  readonly openedAt: number;
  isOpen: boolean;
  item: Item | undefined;
  /** Sessions of which it had a place when they ended: it must be told, once. */
  readonly owed: Set<string>;
  /** Sessions in which it has had a place, or been the speaker, and no longer is. */
  readonly wasIn: Set<string>;
}

export interface ModelSession {
  readonly name: string;
  readonly user: string;
  speaker: string;
  isActive: boolean;
  expiresAt: number;
  lostAt: number | undefined;
  endedAt: number | undefined;
  reason: string | undefined;
  count: number;
  /** When its speaker was last told that listeners come and go. */
  toldAt: number | undefined;
}

/** A `$disconnect` that is on its way for some virtual time. */
export interface LateDisconnect {
  readonly conn: string;
  readonly isClean: boolean;
  readonly dueAt: number;
}

export interface Status {
  readonly state: 'active' | 'interrupted' | 'ended';
  readonly listenerCount: number;
  readonly listenersByLanguage: Readonly<Record<string, number>>;
}

/** What a connection is to get besides replies. */
export interface Push {
  readonly to: string;
  readonly type: string;
  readonly session?: string;
  readonly reason?: string;
  /** Of a `sessionStatus`. Absent: which of its numbers are right, depends. */
  readonly status?: Status;
  /** True: it may also not come; which of two orders the service took decides. */
  readonly isOptional?: boolean;
}

/** The whole state of the model; small, so that it can be copied before each step. */
export class State {
  now = 0;
  readonly conns = new Map<string, Conn>();
  readonly sessions = new Map<string, ModelSession>();
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
    return [...this.conns.values()].filter(({ item }) => item !== undefined && holdsPlace(item, session));
  }

  /** A copy that shares nothing with this one. */
  copy(): State {
    const copy = new State();
    copy.now = this.now;
    copy.late = [...this.late];
    for (const [name, conn] of this.conns) {
      copy.conns.set(name, {
        ...conn,
        item: conn.item && { ...conn.item },
        owed: new Set(conn.owed),
        wasIn: new Set(conn.wasIn),
      });
    }
    for (const [name, session] of this.sessions) copy.sessions.set(name, { ...session });
    return copy;
  }

  /** Remembers who has lost or handed on a place since. */
  rememberLeavers(before: State): void {
    for (const { name, item } of before.conns.values()) {
      const now = this.conns.get(name);
      if (item && now && (now.item?.session !== item.session || now.item.supersededBy !== item.supersededBy)) {
        now.wasIn.add(item.session);
      }
    }
  }

  isLive({ isActive, expiresAt }: ModelSession): boolean {
    return isActive && expiresAt > this.now;
  }
}

export const holdsPlace = (item: Item, session = item.session): boolean =>
  item.role === 'listener' && item.session === session && item.supersededBy === undefined;
