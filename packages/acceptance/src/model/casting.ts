import type { Action, BroadcastChange, Ending, Message, Single } from './actions.ts';
import type { Conn, State } from './state.ts';
import type { Step } from './steps.ts';

const LANGUAGES = ['es', 'fr'] as const;
const USERS = ['u1', 'u2'] as const;
/** Enough for two sessions to mix up what belongs to the other. */
const MAX_SESSIONS = 2;
const ENDINGS: readonly Ending[] = ['goodbye', 'cut', 'close'];
const CHANGES: readonly BroadcastChange[] = [{ paused: true }, { paused: false }, { muted: true }, { volume: 0.5 }];
/** Three wrong IDs each: a few more than the limit of an address. */
const GUESSERS = 11;

/** Gives a step its cast: the actions that it stands for, in the state that there is. None: it makes no sense now. */
export class Casting {
  #conns = 0;
  #sessions = 0;

  /** What every sequence begins with, as nothing can happen without a session. */
  opening(audience: number): Action[] {
    const speaker = this.#name();
    const session = `s${++this.#sessions}`;
    const listeners = Array.from({ length: audience }, () => this.#name());
    return [
      { do: 'connect', conn: speaker, user: USERS[0], client: 'k1' },
      { do: 'create', conn: speaker, session },
      ...listeners.flatMap((conn): Action[] => [
        { do: 'connect', conn },
        { do: 'join', conn, session, language: 'es' },
      ]),
    ];
  }

  actions(step: Step, state: State): Action[] {
    switch (step.do) {
      case 'create':
        return this.#create(step, state);
      case 'join':
        return this.#join(step, state);
      case 'rush':
        return this.#rush(step, state);
      case 'heartbeat':
      case 'status':
      case 'end':
        return this.#say(step, state);
      case 'changeLanguage':
        return this.#changeLanguage(step, state);
      case 'setBroadcastState':
        return this.#setBroadcastState(step, state);
      case 'refresh':
        return this.#refresh(step, state);
      case 'lateRefresh':
        return this.#lateRefresh(step, state);
      case 'leave':
        return this.#leave(step, state);
      case 'guess':
        return this.#guess(step, state);
      case 'flood':
        return this.#flood(step, state);
      case 'operator':
        return this.#operator(step, state);
      case 'sweep':
        return [{ do: 'sweep', atOnce: step.variant === 0 ? 2 : 1 }];
      case 'wait':
        return [{ do: 'wait', seconds: step.seconds }];
      case 'hold':
        return this.#hold(step, state);
    }
  }

  #name(): string {
    return `c${++this.#conns}`;
  }

  /** The new connection, or one that is there already: then what it asks for may well be refused. */
  #who(step: Step, state: State, user?: string, client?: string): { conn: string; actions: Action[] } {
    const candidates = open(state).filter((conn) => user === undefined || conn.user === user);
    const old = step.variant === 9 ? pick(candidates, step.pick) : undefined;
    if (old) return { conn: old.name, actions: [] };
    const conn = this.#name();
    const who = user === undefined ? {} : { user, ...(client === undefined ? {} : { client }) };
    return { conn, actions: [{ do: 'connect', conn, ...who }] };
  }

  #create(step: Step, state: State): Action[] {
    if (state.sessions.size >= MAX_SESSIONS) return this.#say({ ...step, do: 'heartbeat' }, state);
    const client = step.pick % 3 === 0 ? undefined : 'k1';
    const { conn, actions } = this.#who(step, state, USERS[step.pick % USERS.length], client);
    return [...actions, { do: 'create', conn, session: `s${++this.#sessions}` }];
  }

  #join(step: Step, state: State): Action[] {
    const session = pick([...state.sessions.keys()], step.pick);
    if (session === undefined) return [];
    const again = step.variant === 8 ? pick(state.listeners(session).filter(isOpen), step.pick) : undefined;
    if (again?.item?.language !== undefined) {
      return [{ do: 'join', conn: again.name, session, language: again.item.language }];
    }
    const { conn, actions } = this.#who(step, state);
    const language = LANGUAGES[step.variant % 2] ?? 'es';
    return [...actions, { do: 'join', conn, session, language, isKeyed: step.variant % 3 === 0 }];
  }

  #rush(step: Step, state: State): Action[] {
    const session = pick([...state.sessions.keys()], step.pick);
    if (session === undefined) return [];
    const conns = [1, 2, 3].map(() => this.#name());
    return [...conns.map((conn): Action => ({ do: 'connect', conn })), { do: 'rush', conns, session }];
  }

  #say({ do: what, pick: number, variant }: Step, state: State): Action[] {
    const speakers = open(state).filter(({ item }) => item?.role === 'speaker');
    const isSpeakers = what === 'end' || what === 'status';
    const conn = isSpeakers && variant < 8 ? pick(speakers, number) : pick(open(state), number);
    return conn ? [{ do: isSpeakers ? what : 'heartbeat', conn: conn.name }] : [];
  }

  /** Not twice at one moment: a second change within a second is refused, and that is a matter of real time. */
  #changeLanguage({ pick: number, variant }: Step, state: State): Action[] {
    const listeners = open(state).filter(
      ({ item }) => item?.role === 'listener' && item.languageChangedAt !== state.now,
    );
    const conn =
      variant < 8
        ? pick(listeners, number)
        : pick(
            open(state).filter(({ item }) => item?.role !== 'listener'),
            number,
          );
    return conn ? [{ do: 'changeLanguage', conn: conn.name, language: LANGUAGES[variant % 2] ?? 'es' }] : [];
  }

  #setBroadcastState({ pick: number, variant }: Step, state: State): Action[] {
    const speakers = open(state).filter(
      ({ item }) => item?.role === 'speaker' && state.session(item.session).broadcastStateSetAt !== state.now,
    );
    const conn =
      variant < 8
        ? pick(speakers, number)
        : pick(
            open(state).filter(({ item }) => item?.role !== 'speaker'),
            number,
          );
    const change = CHANGES[variant % CHANGES.length] ?? {};
    return conn ? [{ do: 'setBroadcastState', conn: conn.name, change }] : [];
  }

  #refresh(step: Step, state: State): Action[] {
    const { role, variant, fate } = step;
    const session = state.sessions.get(pick([...state.sessions.keys()], step.pick) ?? '');
    if (!session) return [];
    const previous =
      role === 'speaker' ? state.conn(session.lastSpeaker) : pick(state.listeners(session.name), variant);
    if (!previous) return [];
    const stranger = variant === 8 ? USERS.find((user) => user !== session.user) : session.user;
    // A second client of the speaker, which takes over or does not.
    const client = variant >= 6 ? 'k2' : session.client;
    const { conn, actions } = this.#who(step, state, role === 'speaker' ? stranger : undefined, client);
    const how = role === 'speaker' ? { takeOver: variant === 6 } : { isHinted: variant % 2 === 0 };
    const refresh: Message = { do: 'refresh', conn, session: session.name, role, previous: previous.name, ...how };
    // Another client does not close the one that it takes the session from.
    const isLeaving = previous.isOpen && previous.name !== conn && variant < 6;
    const ending: Action = { do: 'close', conn: previous.name, how: ENDINGS[variant % ENDINGS.length] ?? 'cut', fate };
    return [...actions, refresh, ...(isLeaving ? [ending] : [])];
  }

  /** A speaker's attempt to come back is held up on its way, a second one succeeds, and then the first one arrives. */
  #lateRefresh(step: Step, state: State): Action[] {
    const session = state.sessions.get(pick([...state.sessions.keys()], step.pick) ?? '');
    if (!session) return [];
    const [late, next] = [this.#name(), this.#name()];
    const who = { user: session.user, ...(session.client === undefined ? {} : { client: session.client }) };
    const previous = session.lastSpeaker;
    const refresh = (conn: string): Action => ({
      do: 'refresh',
      conn,
      session: session.name,
      role: 'speaker',
      previous,
    });
    return [
      { do: 'connect', conn: late, ...who },
      { do: 'connect', conn: next, ...who },
      refresh(next),
      refresh(late),
      { do: 'close', conn: late, how: 'cut', fate: step.fate },
    ];
  }

  #leave({ pick: number, variant, fate, role }: Step, state: State): Action[] {
    const those = open(state).filter(({ item }) => item?.role === role);
    const conn = pick(those.length > 0 ? those : open(state), number);
    return conn ? [{ do: 'close', conn: conn.name, how: ENDINGS[variant % ENDINGS.length] ?? 'cut', fate }] : [];
  }

  /** Somebody at the listeners' address tries session IDs; then one types the right one, and one comes with a link. */
  #guess(step: Step, state: State): Action[] {
    const session = pick([...state.sessions.keys()], step.pick);
    if (session === undefined) return [];
    if (step.variant > 3) {
      // One with a role may not guess either.
      const conn = pick(
        open(state).filter(({ item, charged }) => item && charged.points === 0),
        step.pick,
      );
      return conn ? [{ do: 'guess', conns: [conn.name] }] : [];
    }
    const conns = Array.from({ length: GUESSERS }, () => this.#name());
    const [typed, linked] = [this.#name(), this.#name()];
    return [
      ...[...conns, typed, linked].map((conn): Action => ({ do: 'connect', conn })),
      { do: 'guess', conns },
      { do: 'join', conn: typed, session, language: 'es' },
      { do: 'join', conn: linked, session, language: 'fr', isKeyed: true },
    ];
  }

  /** One floods, with a role or without; the others go on. */
  #flood(step: Step, state: State): Action[] {
    const { conn, actions } = this.#who({ ...step, variant: step.variant > 3 ? 9 : 0 }, state);
    const other = pick(
      open(state).filter(({ name, item }) => item && name !== conn),
      step.pick,
    );
    return [...actions, { do: 'flood', conn }, ...(other ? [{ do: 'heartbeat', conn: other.name } as const] : [])];
  }

  #operator({ pick: number, variant }: Step, state: State): Action[] {
    const session = pick([...state.sessions.keys()], number);
    const user = USERS[number % USERS.length] ?? 'u1';
    if (state.denied.has(user)) return [{ do: 'allow', user }];
    if (variant < 5 && session !== undefined) return [{ do: 'operatorEnd', session }];
    return [{ do: 'deny', user }];
  }

  /** The last action of each half is the one that is held up, or comes in between; what it needs comes before both. */
  #hold({ first, second, pick: number }: Step, state: State): Action[] {
    if (!first || !second) return [];
    const a = this.actions(first, state);
    const b = this.actions(second, state);
    const [one, other] = [single(a), single(b)];
    if (!one || !other) return [...a, ...b];
    // A socket that is closed by one half cannot speak in the other; and a client waits for its reply.
    if ('conn' in one && 'conn' in other && one.conn === other.conn) return [...a];
    return [
      ...a.filter(({ do: what }) => what === 'connect'),
      ...b.filter(({ do: what }) => what === 'connect'),
      { do: 'hold', first: one, nth: 1 + (number % 3), second: other },
    ];
  }
}

const isOpen = (conn: Conn): boolean => conn.isOpen;
const open = (state: State): Conn[] => [...state.conns.values()].filter(isOpen);
const pick = <T>(from: readonly T[], number: number): T | undefined => from[number % Math.max(1, from.length)];

function single(actions: readonly Action[]): Single | undefined {
  const action = actions.find(({ do: what }) => what !== 'connect');
  if (action === undefined) return undefined;
  switch (action.do) {
    case 'connect':
    case 'rush':
    case 'guess':
    case 'flood':
    case 'hold':
    case 'wait':
      return undefined;
    default:
      return action;
  }
}
