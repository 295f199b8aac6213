import { type ServerMessage, ServiceError } from '../../src/protocol/index.ts';
import type { FanOutReport, Push } from '../../src/sessions/ports.ts';

/** Sockets that remember what they were sent. */
export interface FakePush extends Push {
  readonly sent: { readonly to: string; readonly message: ServerMessage }[];
  readonly closed: string[];
  /** When sockets were last active; those that are not in it, at 0. */
  readonly lastActive: Map<string, number>;
  /** Sockets that are no longer there. */
  readonly gone: Set<string>;
  /** Sockets that answer with an error, each time. */
  readonly failing: Set<string>;
  /** The types of the messages that a connection got, in order. */
  typesTo(connectionId: string): string[];
}

export function createFakePush(): FakePush {
  const push: FakePush = {
    sent: [],
    closed: [],
    lastActive: new Map(),
    gone: new Set(),
    failing: new Set(),
    typesTo: (connectionId) => push.sent.filter(({ to }) => to === connectionId).map(({ message }) => message.type),
    async send(to, message) {
      if (push.failing.has(to)) throw new ServiceError('SERVICE_UNAVAILABLE', 'The message could not be delivered');
      if (push.gone.has(to)) return false;
      push.sent.push({ to, message });
      return true;
    },
    async fanOut(connectionIds, message): Promise<FanOutReport> {
      const report = { delivered: [] as string[], gone: [] as string[], failed: [] as string[] };
      for (const to of connectionIds) {
        if (push.failing.has(to)) report.failed.push(to);
        else report[(await push.send(to, message)) ? 'delivered' : 'gone'].push(to);
      }
      return report;
    },
    async sendEach(messages) {
      const reports = await Promise.all(
        messages.map(({ connectionId, message }) => push.fanOut([connectionId], message)),
      );
      return {
        delivered: reports.flatMap(({ delivered }) => delivered),
        gone: reports.flatMap(({ gone }) => gone),
        failed: reports.flatMap(({ failed }) => failed),
      };
    },
    async close(connectionId) {
      push.closed.push(connectionId);
    },
    async lastActiveAt(connectionId) {
      if (push.failing.has(connectionId)) {
        throw new ServiceError('SERVICE_UNAVAILABLE', 'The connection could not be looked up');
      }
      return push.gone.has(connectionId) ? undefined : (push.lastActive.get(connectionId) ?? 0);
    },
  };
  return push;
}
