import type { Action, Message, Single } from './actions.ts';
import { HOLD_MS, holdRule } from './fault-rules.ts';
import type { Names } from './names.ts';
import { MAX_GUESSES } from './rules-budget.ts';
import type { Reply, World } from './world.ts';

/** More than any budget allows; then the connection is open for good, and that shows. */
const MAX_FLOOD = 70;

/** Does actions, as clients and the schedule do them. */
export class Performer {
  readonly #world: World;
  readonly #names: Names;
  readonly #number: number;
  #guesses = 0;
  /** What clients know of their places and sessions from replies. */
  readonly #known = new Map<string, { readonly language: string; readonly place: string }>();
  readonly #clients = new Map<string, string>();
  readonly #joinKeys = new Map<string, string>();

  /** @param number of the sequence: its users are nobody else's, so that no limit on users spans sequences */
  constructor(world: World, names: Names, number: number) {
    this.#world = world;
    this.#names = names;
    this.#number = number;
  }

  /** @returns the replies, in the order of those who asked; none where nobody did, or the connection was closed */
  async perform(action: Action): Promise<(Reply | undefined)[]> {
    const world = this.#world;
    switch (action.do) {
      case 'connect':
        await world.connect(action.conn, action.user === undefined ? undefined : this.#username(action.user));
        this.#names.set(action.conn, world.client(action.conn).connectionId);
        if (action.client !== undefined) this.#clients.set(action.conn, action.client);
        return [];
      case 'wait':
        await world.wait(action.seconds);
        return [];
      case 'rush':
        return Promise.all(
          action.conns.map((conn) =>
            this.perform({ do: 'join', conn, session: action.session, language: 'es' }).then(([reply]) => reply),
          ),
        );
      case 'hold':
        return this.#hold(action.first, action.nth, action.second);
      case 'close':
        await world.close(action.conn, action.how, action.fate);
        return [];
      case 'sweep':
        await world.sweep(action.atOnce);
        return [];
      case 'guess':
        return this.#repeat(action.conns, MAX_GUESSES, () => this.#wrongId());
      case 'flood':
        return this.#repeat([action.conn], MAX_FLOOD, () => ({ action: 'heartbeat', sentAt: -1 }));
      case 'operatorEnd':
        await world.operate.end(this.#names.idOf(action.session));
        return [];
      case 'deny':
        await world.operate.deny(await world.userIdOf(this.#username(action.user)));
        return [];
      case 'allow':
        await world.operate.allow(await world.userIdOf(this.#username(action.user)));
        return [];
      default: {
        const reply = await world.request(action.conn, this.#wire(action));
        this.#learn(action, reply);
        return [reply];
      }
    }
  }

  #username(user: string): string {
    return `${user}-${this.#number}`;
  }

  /** Sends messages, one connection after the other, each until it is closed. */
  async #repeat(
    conns: readonly string[],
    atMost: number,
    message: () => Record<string, unknown>,
  ): Promise<(Reply | undefined)[]> {
    const replies: (Reply | undefined)[] = [];
    for (const conn of conns) {
      for (let sent = 0; sent < atMost; sent++) {
        const reply = await this.#world.request(conn, message());
        if (reply === undefined) break;
        replies.push(reply);
        if ('code' in reply && reply.code === 'RATE_LIMIT_EXCEEDED') await this.#seeWhetherItCloses();
      }
    }
    return replies;
  }

  /** The service closes a connection after the answer: a message in between would be dealt with by nobody. */
  async #seeWhetherItCloses(): Promise<void> {
    await this.#world.settled([]);
    await this.#world.flush();
  }

  #wrongId(): Record<string, unknown> {
    const sessionId = `wrongly-guessed-${100 + (this.#guesses++ % 900)}`;
    return { action: 'joinSession', sessionId, targetLanguage: 'es' };
  }

  #learn(action: Message, reply: Reply | undefined): void {
    if (!reply || !('type' in reply)) return;
    if (reply.type === 'sessionCreated') this.#joinKeys.set(reply.sessionId, reply.joinKey);
    if (reply.type !== 'sessionJoined' && reply.type !== 'connectionRefreshComplete') return;
    const { place, targetLanguage } = reply;
    if (place === undefined || targetLanguage === undefined) return;
    this.#known.set(action.conn, { place, language: targetLanguage });
  }

  /** As it goes over the wire. */
  #wire(action: Message): Record<string, unknown> {
    switch (action.do) {
      case 'create':
        return { action: 'createSession', sourceLanguage: 'en', ...this.#clientId(action.conn) };
      case 'join': {
        const sessionId = this.#names.idOf(action.session);
        const joinKey = action.isKeyed ? this.#joinKeys.get(sessionId) : undefined;
        return {
          action: 'joinSession',
          sessionId,
          targetLanguage: action.language,
          ...(joinKey === undefined ? {} : { joinKey }),
        };
      }
      case 'heartbeat':
        return { action: 'heartbeat' };
      case 'refresh':
        return {
          action: 'refreshConnection',
          sessionId: this.#names.idOf(action.session),
          role: action.role,
          previousConnectionId: this.#names.idOf(action.previous),
          ...(action.role === 'speaker' ? this.#clientId(action.conn) : {}),
          ...(action.takeOver ? { takeOver: true } : {}),
          ...(action.isHinted ? this.#hints(action.previous) : {}),
        };
      case 'changeLanguage':
        return { action: 'changeLanguage', targetLanguage: action.language };
      case 'setBroadcastState':
        return { action: 'setBroadcastState', ...action.change };
      case 'status':
        return { action: 'getSessionStatus' };
      case 'end':
        return { action: 'endSession' };
    }
  }

  #clientId(conn: string): Record<string, unknown> {
    const clientId = this.#clients.get(conn);
    return clientId === undefined ? {} : { clientId };
  }

  /** What the last reply said of the place. Its language may have changed since. */
  #hints(previous: string): Record<string, unknown> {
    const known = this.#known.get(previous);
    return known === undefined ? {} : { targetLanguage: known.language, place: known.place };
  }

  async #hold(first: Single, nth: number, second: Single): Promise<(Reply | undefined)[]> {
    const { clock } = this.#world.stack;
    await this.#world.setRules([holdRule(nth)]);
    const held = this.perform(first);
    await this.#world.faultOr(held);
    const [other] = await this.perform(second);
    await this.#world.setRules([]);
    clock.advance(HOLD_MS);
    const [one] = await held;
    return [one, other];
  }
}
