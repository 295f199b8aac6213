import type { Action, Message, Single } from './actions.ts';
import { HOLD_MS, holdRule } from './fault-rules.ts';
import type { Names } from './names.ts';
import type { Reply, World } from './world.ts';

/** Does actions, as clients and the schedule do them. */
export class Performer {
  readonly #world: World;
  readonly #names: Names;
  readonly #number: number;

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
        await world.connect(action.conn, action.user === undefined ? undefined : `${action.user}-${this.#number}`);
        this.#names.set(action.conn, world.client(action.conn).connectionId);
        return [];
      case 'wait':
        world.wait(action.seconds);
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
      default:
        return [await world.request(action.conn, this.#wire(action))];
    }
  }

  /** As it goes over the wire. */
  #wire(action: Message): Record<string, unknown> {
    switch (action.do) {
      case 'create':
        return { action: 'createSession', sourceLanguage: 'en' };
      case 'join':
        return {
          action: 'joinSession',
          sessionId: this.#names.idOf(action.session),
          targetLanguage: action.language,
        };
      case 'heartbeat':
        return { action: 'heartbeat' };
      case 'refresh':
        return {
          action: 'refreshConnection',
          sessionId: this.#names.idOf(action.session),
          role: action.role,
          previousConnectionId: this.#names.idOf(action.previous),
        };
      case 'status':
        return { action: 'getSessionStatus' };
      case 'end':
        return { action: 'endSession' };
    }
  }

  async #hold(first: Single, nth: number, second: Single): Promise<(Reply | undefined)[]> {
    const { faults, clock } = this.#world.stack;
    await faults.set({ rules: [holdRule(nth)] });
    const held = this.perform(first);
    await this.#world.faultOr(held);
    const [other] = await this.perform(second);
    await faults.clear();
    clock.advance(HOLD_MS);
    const [one] = await held;
    return [one, other];
  }
}
