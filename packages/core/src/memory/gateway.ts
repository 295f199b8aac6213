import { type ServerMessage, ServiceError } from '../protocol/index.ts';
import type { Clock, FanOutReport, Push } from '../sessions/ports.ts';

/** One open socket, as API Gateway has it. */
export interface MemorySocket {
  readonly connectionId: string;
  lastActiveAt: number;
}

export interface MemoryGatewayOptions {
  readonly clock: Clock;
  /** Receives each message that reaches a socket. */
  readonly onMessage?: (connectionId: string, message: ServerMessage) => void;
  /** Learns that the service has closed a socket. */
  readonly onClosed?: (connectionId: string) => void;
}

/** API Gateway's side of the connections, in memory: the port `Push`, and the sockets. */
export interface MemoryGateway extends Push {
  readonly sockets: ReadonlyMap<string, MemorySocket>;
  /** Sockets that take no message: each post fails, after all attempts. */
  readonly failing: Set<string>;
  open(connectionId: string): void;
  /** Notes a message from the client. */
  touch(connectionId: string): void;
  /** The client is gone: posts to it find no socket. */
  drop(connectionId: string): void;
}

export function createMemoryGateway({ clock, onMessage, onClosed }: MemoryGatewayOptions): MemoryGateway {
  const sockets = new Map<string, MemorySocket>();
  const failing = new Set<string>();

  /** @throws {ServiceError} SERVICE_UNAVAILABLE */
  function post(connectionId: string, message: ServerMessage): boolean {
    if (failing.has(connectionId)) throw new ServiceError('SERVICE_UNAVAILABLE', `${connectionId} takes no message`);
    const socket = sockets.get(connectionId);
    if (socket === undefined) return false;
    socket.lastActiveAt = clock.nowMs();
    onMessage?.(connectionId, message);
    return true;
  }

  function fanOut(connectionIds: readonly string[], messageTo: (index: number) => ServerMessage): FanOutReport {
    const delivered: string[] = [];
    const gone: string[] = [];
    const failed: string[] = [];
    connectionIds.forEach((connectionId, index) => {
      if (failing.has(connectionId)) failed.push(connectionId);
      else (post(connectionId, messageTo(index)) ? delivered : gone).push(connectionId);
    });
    return { delivered, gone, failed };
  }

  return {
    sockets,
    failing,
    open: (connectionId) => void sockets.set(connectionId, { connectionId, lastActiveAt: clock.nowMs() }),
    touch(connectionId) {
      const socket = sockets.get(connectionId);
      if (socket !== undefined) socket.lastActiveAt = clock.nowMs();
    },
    drop: (connectionId) => void sockets.delete(connectionId),

    async send(connectionId, message) {
      return post(connectionId, message);
    },
    async fanOut(connectionIds, message, budgetMs) {
      if (budgetMs !== undefined && budgetMs <= 0) return { delivered: [], gone: [], failed: connectionIds };
      return fanOut(connectionIds, () => message);
    },
    async sendEach(messages) {
      const ids = messages.map(({ connectionId }) => connectionId);
      return fanOut(ids, (index) => (messages[index] as (typeof messages)[number]).message);
    },
    async close(connectionId) {
      if (sockets.delete(connectionId)) onClosed?.(connectionId);
    },
    async lastActiveAt(connectionId) {
      return sockets.get(connectionId)?.lastActiveAt;
    },
  };
}
