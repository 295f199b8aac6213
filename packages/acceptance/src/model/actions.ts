/** What becomes of the `$disconnect` of a socket that a client closes. */
export type Fate = 'deliver' | 'lose' | 'duplicate' | 'delay';

/** How a client's socket ends: close code 1000, a close frame without a code (1005), or no close frame (1006). */
export type Ending = 'goodbye' | 'close' | 'cut';

/** One thing done to the system, with everybody named: `s1` a session, `c2` a connection, `u1` a user, `k1` a client. */
export type Action =
  | { readonly do: 'connect'; readonly conn: string; readonly user?: string; readonly client?: string }
  | Message
  /** Several joins of new connections at once: which of them get a place is not known. */
  | { readonly do: 'rush'; readonly conns: readonly string[]; readonly session: string }
  /** Each connection sends wrong session IDs until it is closed. */
  | { readonly do: 'guess'; readonly conns: readonly string[] }
  /** One connection sends messages that are refused until it is closed. */
  | { readonly do: 'flood'; readonly conn: string }
  | { readonly do: 'close'; readonly conn: string; readonly how: Ending; readonly fate: Fate }
  | { readonly do: 'operatorEnd'; readonly session: string }
  | { readonly do: 'deny' | 'allow'; readonly user: string }
  | { readonly do: 'sweep'; readonly atOnce: number }
  | { readonly do: 'wait'; readonly seconds: number }
  /** `first` is held up at its nth call of AWS, `second` is done to its end, then `first` goes on. */
  | { readonly do: 'hold'; readonly first: Single; readonly nth: number; readonly second: Single };

export type Message =
  | { readonly do: 'create'; readonly conn: string; readonly session: string }
  | {
      readonly do: 'join';
      readonly conn: string;
      readonly session: string;
      readonly language: string;
      /** With the join key of links and QR codes. */
      readonly isKeyed?: boolean;
    }
  | { readonly do: 'heartbeat'; readonly conn: string }
  | {
      readonly do: 'refresh';
      readonly conn: string;
      readonly session: string;
      readonly role: 'speaker' | 'listener';
      readonly previous: string;
      /** Of a listener: says its language and place, as the last reply did. */
      readonly isHinted?: boolean;
      /** Of a speaker: takes the session from another client. */
      readonly takeOver?: boolean;
    }
  | { readonly do: 'changeLanguage'; readonly conn: string; readonly language: string }
  | { readonly do: 'setBroadcastState'; readonly conn: string; readonly change: BroadcastChange }
  | { readonly do: 'status'; readonly conn: string }
  | { readonly do: 'end'; readonly conn: string };

export type BroadcastChange = { readonly paused?: boolean; readonly muted?: boolean; readonly volume?: number };

/** What can be held up, or happen in between. */
export type Single = Exclude<Action, { do: 'connect' | 'rush' | 'guess' | 'flood' | 'hold' | 'wait' }>;

/** Something that goes wrong with the calls of AWS that an action makes. */
export interface Fault {
  readonly what: FaultKind;
  /** Which of the action's calls of that service; counted from 1. */
  readonly nth: number;
}

export const FAULT_KINDS = [
  'throttle',
  'conflict',
  'error500',
  'resetBefore',
  'lostAnswer',
  'outage',
  'killBefore',
  'killAfter',
  'pushThrottled',
  'pushGone',
  'pushOutage',
  'invokedTwice',
  'invokeThrottled',
  'batchRepeated',
  'batchFailed',
  'eventRefused',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

const ENDINGS: Readonly<Record<Ending, string>> = {
  goodbye: 'says goodbye (1000)',
  close: 'closes (1005)',
  cut: 'is cut off',
};

/** As one line of a script that a person can read. */
export function describe(action: Action): string {
  switch (action.do) {
    case 'connect': {
      const { conn, user, client } = action;
      if (user === undefined) return `${conn} connects`;
      return `${conn} connects as ${user}${client === undefined ? '' : ` (client ${client})`}`;
    }
    case 'create':
      return `${action.conn} creates ${action.session}`;
    case 'join':
      return `${action.conn} joins ${action.session} in ${action.language}${action.isKeyed ? ', with the key' : ''}`;
    case 'heartbeat':
      return `${action.conn} sends a heartbeat`;
    case 'refresh': {
      const how = `${action.isHinted ? ', with hints' : ''}${action.takeOver ? ', taking over' : ''}`;
      return `${action.conn} refreshes ${action.previous} as ${action.role} of ${action.session}${how}`;
    }
    case 'changeLanguage':
      return `${action.conn} changes its language to ${action.language}`;
    case 'setBroadcastState':
      return `${action.conn} sets ${JSON.stringify(action.change)}`;
    case 'status':
      return `${action.conn} asks for the status`;
    case 'end':
      return `${action.conn} ends its session`;
    case 'rush':
      return `${action.conns.join(', ')} join ${action.session} at once`;
    case 'guess':
      return `${action.conns.join(', ')} guess session IDs`;
    case 'flood':
      return `${action.conn} sends refused messages until it is closed`;
    case 'close': {
      const fate = action.fate === 'deliver' ? '' : `; $disconnect: ${action.fate}`;
      return `${action.conn} ${ENDINGS[action.how]}${fate}`;
    }
    case 'operatorEnd':
      return `an operator ends ${action.session}`;
    case 'deny':
    case 'allow':
      return `an operator ${action.do === 'deny' ? 'denies' : 'allows'} ${action.user} to speak`;
    case 'sweep':
      return action.atOnce === 1 ? 'sweep' : `${action.atOnce} sweeps at once`;
    case 'wait':
      return `${action.seconds} s pass`;
    case 'hold':
      return `[${describe(action.first)}], held at call ${action.nth}, meanwhile [${describe(action.second)}]`;
  }
}
