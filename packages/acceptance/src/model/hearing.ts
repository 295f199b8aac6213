import { type Heard, type Problems, show } from './compare.ts';
import type { Names } from './names.ts';
import type { Belief } from './rest-checks.ts';
import { statusOf } from './rules-status.ts';
import { type BroadcastState, type State, tells } from './state.ts';
import type { World } from './world.ts';

/** How long an instance of the heartbeat function keeps what it has read of a session. */
const CACHED_MS = 1000;
/** Between a write and the moment at which the model has noticed it. */
const SLACK_MS = 500;

/** What the clients of a sequence have heard, and what follows from it. */
export class Hearing {
  /** `sessionEnded` as notified, by connection and session. */
  readonly endsHeard = new Map<string, number>();
  readonly #world: World;
  readonly #names: Names;
  readonly #beliefs = new Map<string, Belief>();
  /** The newest status, by connection and session. */
  readonly #statuses = new Map<string, Heard['message']>();
  /** When the model has seen a session leave a revision, by session. */
  readonly #left = new Map<string, Map<number, number>>();
  readonly #revisions = new Map<string, number>();
  readonly #speakers = new Map<string, Set<string>>();

  constructor(world: World, names: Names) {
    this.#world = world;
    this.#names = names;
  }

  /** The notifications that have come since the last time. */
  async listen(): Promise<Heard[]> {
    await this.#world.flush();
    const heard: Heard[] = [];
    for (const [to, live] of this.#world.live) {
      for (const received of live.client.received.slice(live.seen)) {
        if ('requestId' in received || !('type' in received)) continue;
        const message = this.#names.translate(received);
        heard.push({ to, message });
        if (message.type !== 'sessionEnded') continue;
        const key = `${to} ${String(message.sessionId)}`;
        this.endsHeard.set(key, (this.endsHeard.get(key) ?? 0) + 1);
      }
      live.seen = live.client.received.length;
    }
    return heard;
  }

  /** Takes messages in as a client does: of two about a session, the one with the higher revision is true. */
  remember(heard: readonly Heard[], state: State): void {
    for (const { to, message } of heard) {
      const { sessionId, revision, type } = message;
      if (typeof revision !== 'number') continue;
      const key = `${to} ${String(sessionId)}`;
      if (type === 'sessionStatus') {
        const last = this.#statuses.get(key);
        if (Number(message.timestamp) >= Number(last?.timestamp ?? 0)) this.#statuses.set(key, message);
      }
      if (message.state === undefined || message.broadcastState === undefined) continue;
      if (revision < (this.#beliefs.get(key)?.revision ?? 0)) continue;
      this.#beliefs.set(key, {
        revision,
        tells: tells(String(message.state), message.broadcastState as BroadcastState),
      });
    }
    const nowMs = this.#world.stack.clock.nowMs();
    for (const { name, revision, speaker } of state.sessions.values()) {
      const last = this.#revisions.get(name) ?? revision;
      const left = this.#left.get(name) ?? new Map<number, number>();
      for (let old = last; old < revision; old++) left.set(old, nowMs);
      this.#left.set(name, left);
      this.#revisions.set(name, revision);
      if (speaker !== undefined) this.#speakers.set(name, (this.#speakers.get(name) ?? new Set()).add(speaker));
    }
  }

  beliefOf(conn: string, session: string): Belief | undefined {
    return this.#beliefs.get(`${conn} ${session}`);
  }

  /** All that have been the speaker: a status that was on its way may reach one who has just lost the session. */
  speakersOf(session: string): string[] {
    return [...(this.#speakers.get(session) ?? [])];
  }

  /** A heartbeat is told how the session is, or was a second ago. */
  staleAcks(answered: readonly Heard[], state: State): Problems {
    const nowMs = this.#world.stack.clock.nowMs();
    return answered.flatMap(({ to, message }) => {
      const { type, sessionId, revision } = message;
      const session = state.sessions.get(String(sessionId));
      if (type !== 'heartbeatAck' || !session || revision === session.revision) return [];
      const leftAtMs = this.#left.get(session.name)?.get(Number(revision));
      if (leftAtMs === undefined || leftAtMs + CACHED_MS + SLACK_MS >= nowMs) return [];
      return [`${to} got ${show(message)}, ${nowMs - leftAtMs} ms after revision ${session.revision} was written`];
    });
  }

  /** Each speaker whose listeners have changed knows how many there are, and in which languages. */
  statusesAreWrong(state: State, { mayMiss }: { mayMiss: boolean }): Problems {
    return [...state.sessions.values()].flatMap((session) => {
      const { name, speaker, isStatusDue } = session;
      session.isStatusDue = false;
      if (!isStatusDue || session.state !== 'active' || !state.isLive(session) || speaker === undefined) return [];
      if (!state.conn(speaker).isOpen || mayMiss) return [];
      const { listenerCount, listenersByLanguage } = this.#statuses.get(`${speaker} ${name}`) ?? {};
      const wanted = statusOf(state, session);
      const said = { listenerCount, listenersByLanguage };
      return show(said) === show(wanted)
        ? []
        : [`${speaker} was told last of ${name}: ${show(said)}, and it is ${show(wanted)}`];
    });
  }
}
