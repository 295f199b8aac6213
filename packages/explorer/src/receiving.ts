import type { ServerMessageOf } from '@sessions/core/protocol';
import type { Client, Clients } from './client.ts';
import type { Standing } from './feed.ts';
import { SETTINGS } from './settings.ts';
import type { World } from './world.ts';

export type Seen = ReturnType<Client['feed']['seen']>;

/** What clients do with messages, and with what replies say of them. */
export interface Receiving {
  /** A reply to a request that gave a place or a language. @param seen what the request said that the client has */
  follow(client: Client, reply: Standing, seen?: Seen, rewind?: number): void;
  /** A reply that keeps a place. @param moves of the client when it asked: it may follow other channels by now */
  hear(client: Client, reply: Standing, moves: number): void;
  take(client: Client, message: ServerMessageOf<'message'>): void;
}

export function createReceiving(world: () => World, clients: Clients): Receiving {
  /** One at a time on a connection; what is missing still after the reply, the next message or heartbeat shows. */
  function recover(client: Client): void {
    const { socket: connectionId, feed } = client;
    const { epoch, since } = feed.seen();
    if (connectionId === undefined || !client.sockets.has(connectionId)) return;
    if (epoch === undefined || since === undefined || client.recoveringOn === connectionId) return;
    client.recoveringOn = connectionId;
    const { moves } = client;
    clients.request(
      client,
      connectionId,
      'recover',
      () => world().useCases.recoverMessages({ connectionId, epoch, since }),
      {
        onReply(reply) {
          client.recoveringOn = undefined;
          adopt(client, reply, moves);
          judge(client, reply, { epoch, since });
        },
        onError() {
          client.recoveringOn = undefined;
        },
      },
    );
  }

  /**
   * A heartbeat, or the reply to `recover`, names the channels that the service sends. They are others than the client
   * believes if it never heard that its language was changed; unless it has moved while the reply was on its way.
   */
  function adopt(client: Client, reply: Standing, moves: number): void {
    if (client.moves !== moves) {
      client.feed.hear(reply);
      return;
    }
    client.feed.follow(reply);
    const language = Object.keys(reply.positions).find((channel) => channel !== 'all' && channel !== 'speaker');
    if (language !== undefined) client.language = language;
  }

  /** Holds `recovered: false` against what is in the log, and lets the client leave out what is lost. */
  function judge(client: Client, reply: Standing, { epoch, since = {} }: Seen): void {
    if (reply.recovered !== false) return;
    const { ledger, messages, scheduler } = world();
    const notBefore = scheduler.nowMs - SETTINGS.historyMs;
    const isTrue =
      epoch !== reply.epoch ||
      Object.entries(reply.positions).some(([channel, head]) => {
        const last = since[channel];
        if (last === undefined) return head > 0;
        return last > head || (last < head && messages.isLost({ epoch, channel }, last + 1, notBefore));
      });
    if (!isTrue) ledger.report(`${client.name} was told that messages are lost, which are held`);
    // What is held comes first, if the deliverer is quick.
    clients.later(client, 'leaves out what is lost', () => client.feed.giveUp());
  }

  return {
    follow(client, reply, seen = {}, rewind = 0) {
      if (!world().hasMessages) return;
      client.moves++;
      client.feed.follow(reply, rewind);
      judge(client, reply, seen);
    },
    hear(client, reply, moves) {
      if (!world().hasMessages) return;
      adopt(client, reply, moves);
      if (client.feed.hasGap()) recover(client);
    },
    take(client, message) {
      const { feed } = client;
      const hadGap = feed.hasGap();
      feed.take(message);
      // A real client waits for a second: most gaps close by themselves.
      if (hadGap || !feed.hasGap()) return;
      clients.later(client, 'looks for a gap', () => {
        if (feed.hasGap()) recover(client);
      });
    },
  };
}
