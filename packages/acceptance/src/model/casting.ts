import type { Action, Message, Single } from './actions.ts';
import type { Conn, State } from './state.ts';
import type { Step } from './steps.ts';

const LANGUAGES = ['es', 'fr'] as const;
const USERS = ['u1', 'u2'] as const;
/** Enough for two sessions to mix up what belongs to the other. */
const MAX_SESSIONS = 2;

/** Gives a step its cast: the actions that it stands for, in the state that there is. None: it makes no sense now. */
export class Casting {
  #conns = 0;
  #sessions = 0;

  /** What every sequence begins with, as nothing can happen without a session. */
  opening(audience: number): Action[] {
    const speaker = `c${++this.#conns}`;
    const session = `s${++this.#sessions}`;
    const listeners = Array.from({ length: audience }, () => `c${++this.#conns}`);
    return [
      { do: 'connect', conn: speaker, user: USERS[0] },
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
      case 'refresh':
        return this.#refresh(step, state);
      case 'leave':
        return this.#leave(step, state);
      case 'sweep':
        return [{ do: 'sweep', atOnce: step.variant === 0 ? 2 : 1 }];
      case 'wait':
        return [{ do: 'wait', seconds: step.seconds }];
      case 'hold':
        return this.#hold(step, state);
    }
  }

  /** The new connection, or one that is there already: then what it asks for may well be refused. */
  #who(step: Step, state: State, user?: string): { conn: string; actions: Action[] } {
    const candidates = open(state).filter((conn) => user === undefined || conn.user === user);
    const old = step.variant === 9 ? pick(candidates, step.pick) : undefined;
    if (old) return { conn: old.name, actions: [] };
    const conn = `c${++this.#conns}`;
    return { conn, actions: [{ do: 'connect', conn, ...(user === undefined ? {} : { user }) }] };
  }

  #create(step: Step, state: State): Action[] {
    if (state.sessions.size >= MAX_SESSIONS) return this.#say({ ...step, do: 'heartbeat' }, state);
    const { conn, actions } = this.#who(step, state, USERS[step.pick % USERS.length]);
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
    return [...actions, { do: 'join', conn, session, language: LANGUAGES[step.variant % 2] ?? 'es' }];
  }

  #rush(step: Step, state: State): Action[] {
    const session = pick([...state.sessions.keys()], step.pick);
    if (session === undefined) return [];
    const conns = [1, 2, 3].map(() => `c${++this.#conns}`);
    return [...conns.map((conn): Action => ({ do: 'connect', conn })), { do: 'rush', conns, session }];
  }

  #say({ do: what, pick: number, variant }: Step, state: State): Action[] {
    const speakers = open(state).filter(({ item }) => item?.role === 'speaker');
    const isSpeakers = what === 'end' || what === 'status';
    const conn = isSpeakers && variant < 8 ? pick(speakers, number) : pick(open(state), number);
    return conn ? [{ do: isSpeakers ? what : 'heartbeat', conn: conn.name }] : [];
  }

  #refresh(step: Step, state: State): Action[] {
    const { role, variant, fate } = step;
    const session = state.sessions.get(pick([...state.sessions.keys()], step.pick) ?? '');
    if (!session) return [];
    const listeners = [...state.conns.values()].filter(
      ({ item }) => item?.role === 'listener' && item.session === session.name,
    );
    const previous = role === 'speaker' ? state.conn(session.speaker) : pick(listeners, variant);
    if (!previous) return [];
    const stranger = variant === 8 ? USERS.find((user) => user !== session.user) : session.user;
    const { conn, actions } = this.#who(step, state, role === 'speaker' ? stranger : undefined);
    const refresh: Message = { do: 'refresh', conn, session: session.name, role, previous: previous.name };
    const isLeaving = previous.isOpen && previous.name !== conn && variant < 6;
    const how = variant % 2 === 0 ? 'close' : 'cut';
    return [...actions, refresh, ...(isLeaving ? [{ do: 'close', conn: previous.name, how, fate } as const] : [])];
  }

  #leave({ pick: number, variant, fate, role }: Step, state: State): Action[] {
    const those = open(state).filter(({ item }) => item?.role === role);
    const conn = pick(those.length > 0 ? those : open(state), number);
    return conn ? [{ do: 'close', conn: conn.name, how: variant % 2 === 0 ? 'close' : 'cut', fate }] : [];
  }

  /** The last action of each half is the one that is held up, or comes in between; what it needs comes before both. */
  #hold({ first, second, pick: number }: Step, state: State): Action[] {
    if (!first || !second) return [];
    const a = this.actions(first, state);
    const b = this.actions(second, state);
    const [one, other] = [single(a), single(b)];
    if (!one || !other) return [...a, ...b];
    // A socket that is closed by one half cannot speak in the other; and a client waits for its reply.
    if (one.do !== 'sweep' && other.do !== 'sweep' && one.conn === other.conn) return [...a];
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
    case 'hold':
    case 'wait':
      return undefined;
    default:
      return action;
  }
}
