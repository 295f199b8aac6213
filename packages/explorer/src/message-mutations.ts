import { type Deliverer, listenerChannels, type MessageLog, type SessionWithHeads } from '@sessions/core/sessions';
import type { Mutation } from './mutations.ts';

/** A message is delivered before the head is raised: one that was shown may never count. */
const raiseAfterDelivery: Mutation = {
  name: 'the head is raised after the delivery',
  mutate({ ports }) {
    const raises: Parameters<MessageLog['raiseHead']>[0][] = [];
    const raiseHead: MessageLog['raiseHead'] = async (change) => void raises.push(change);
    const run: Deliverer['run'] = async (task) => {
      const outcome = await ports.deliverer.run(task);
      for (const change of raises.splice(0)) await ports.messageLog.raiseHead(change);
      return outcome;
    };
    return { ports: { messageLog: { ...ports.messageLog, raiseHead }, deliverer: { ...ports.deliverer, run } } };
  },
};

/** A publisher whose head is stale stores its message over another one. */
const overwriteTaken: Mutation = {
  name: 'a message is stored over another one',
  mutate({ ports, tables, scheduler }) {
    const append: MessageLog['append'] = async (change) => {
      await scheduler.call('a look at the offset', change.message, 'read', () => {});
      tables.channels.get(`${change.sessionId}#${change.channel}`)?.messages.delete(change.message.offset);
      return ports.messageLog.append(change);
    };
    return { ports: { messageLog: { ...ports.messageLog, append } } };
  },
};

/** A join reads the heads before it takes the place: what is published in between is sent to nobody who asks for it. */
const headsBeforePlace: Mutation = {
  name: 'a join reads the heads before it takes the place',
  mutate({ ports }) {
    const read = new Map<string, SessionWithHeads | undefined>();
    const keyOf = (sessionId: string, channels: readonly string[]) => [sessionId, ...channels].join();
    return {
      ports: {
        sessions: {
          ...ports.sessions,
          async takePlace(listener) {
            const { sessionId } = listener;
            const channels = listenerChannels(listener.targetLanguage);
            read.set(keyOf(sessionId, channels), await ports.messageLog.findSession(sessionId, channels));
            return ports.sessions.takePlace(listener);
          },
        },
        messageLog: {
          ...ports.messageLog,
          async findSession(sessionId, channels) {
            const key = keyOf(sessionId, channels);
            const found = read.get(key) ?? (await ports.messageLog.findSession(sessionId, channels));
            read.delete(key);
            return found;
          },
        },
      },
    };
  },
};

/** What was missed is never sent. */
const noReplay: Mutation = {
  name: 'replays are dropped',
  mutate({ ports }) {
    const handOver: Deliverer['handOver'] = async (task) => {
      if (task.task !== 'replay') await ports.deliverer.handOver(task);
    };
    return { ports: { deliverer: { ...ports.deliverer, handOver } } };
  },
};

/** Clients are told that everything follows, and wait for what is not held any more. */
const alwaysRecovered: Mutation = {
  name: 'what is lost counts as held',
  mutate: ({ ports }) => ({ ports: { messageLog: { ...ports.messageLog, holds: async () => true } } }),
};

/** Defects in what is published, received and recovered. */
export const MESSAGE_MUTATIONS: readonly Mutation[] = [
  raiseAfterDelivery,
  overwriteTaken,
  headsBeforePlace,
  noReplay,
  alwaysRecovered,
];
