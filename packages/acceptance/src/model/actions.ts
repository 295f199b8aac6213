/** What becomes of the `$disconnect` of a socket that a client closes. */
export type Fate = 'deliver' | 'lose' | 'duplicate' | 'delay';

/** One thing done to the system, with everybody named: `s1` a session, `c2` a connection, `u1` a user. */
export type Action =
  | { readonly do: 'connect'; readonly conn: string; readonly user?: string }
  | Message
  /** Several joins of new connections at once: which of them get a place is not known. */
  | { readonly do: 'rush'; readonly conns: readonly string[]; readonly session: string }
  | { readonly do: 'close'; readonly conn: string; readonly how: 'close' | 'cut'; readonly fate: Fate }
  | { readonly do: 'sweep'; readonly atOnce: number }
  | { readonly do: 'wait'; readonly seconds: number }
  /** `first` is held up at its nth call of AWS, `second` is done to its end, then `first` goes on. */
  | { readonly do: 'hold'; readonly first: Single; readonly nth: number; readonly second: Single };

export type Message =
  | { readonly do: 'create'; readonly conn: string; readonly session: string }
  | { readonly do: 'join'; readonly conn: string; readonly session: string; readonly language: string }
  | { readonly do: 'heartbeat'; readonly conn: string }
  | {
      readonly do: 'refresh';
      readonly conn: string;
      readonly session: string;
      readonly role: 'speaker' | 'listener';
      readonly previous: string;
    }
  | { readonly do: 'status'; readonly conn: string }
  | { readonly do: 'end'; readonly conn: string };

/** What can be held up, or happen in between. */
export type Single = Exclude<Action, { do: 'connect' | 'rush' | 'hold' | 'wait' }>;

/** Something that goes wrong with the calls of AWS that an action makes. */
export interface Fault {
  readonly what: FaultKind;
  /** Which of the action's calls of that service; counted from 1. */
  readonly nth: number;
}

export const FAULT_KINDS = [
  'throttle',
  'error500',
  'resetBefore',
  'lostAnswer',
  'outage',
  'killBefore',
  'killAfter',
  'pushThrottled',
  'pushGone',
  'pushOutage',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** As one line of a script that a person can read. */
export function describe(action: Action): string {
  switch (action.do) {
    case 'connect':
      return action.user === undefined ? `${action.conn} connects` : `${action.conn} connects as ${action.user}`;
    case 'create':
      return `${action.conn} creates ${action.session}`;
    case 'join':
      return `${action.conn} joins ${action.session} in ${action.language}`;
    case 'heartbeat':
      return `${action.conn} sends a heartbeat`;
    case 'refresh':
      return `${action.conn} refreshes ${action.previous} as ${action.role} of ${action.session}`;
    case 'status':
      return `${action.conn} asks for the status`;
    case 'end':
      return `${action.conn} ends its session`;
    case 'rush':
      return `${action.conns.join(', ')} join ${action.session} at once`;
    case 'close': {
      const fate = action.fate === 'deliver' ? '' : `; $disconnect: ${action.fate}`;
      return `${action.conn} ${action.how === 'close' ? 'closes' : 'is cut off'}${fate}`;
    }
    case 'sweep':
      return action.atOnce === 1 ? 'sweep' : `${action.atOnce} sweeps at once`;
    case 'wait':
      return `${action.seconds} s pass`;
    case 'hold':
      return `[${describe(action.first)}], held at call ${action.nth}, meanwhile [${describe(action.second)}]`;
  }
}
