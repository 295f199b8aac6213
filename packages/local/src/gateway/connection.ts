import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Stage } from '../stack/model.ts';
import type { ConnectionFacts } from './events.ts';
import type { ConnectionInfo } from './options.ts';

export interface NewConnection {
  readonly facts: ConnectionFacts;
  readonly stage: ServedStage;
  readonly socket: WebSocket;
  /** Under the WebSocket. */
  readonly rawSocket: Duplex;
  readonly nowMs: number;
  readonly followsLocalTime: boolean;
}

/** An established connection. */
export class Connection {
  readonly facts: ConnectionFacts;
  readonly stage: ServedStage;
  readonly socket: WebSocket;
  /** Under the WebSocket. */
  readonly rawSocket: Duplex;
  lastActiveAtMs: number;
  /** True as soon as either side closes: it is no longer addressable, and its `$disconnect` has been decided on. */
  ended = false;
  /** The client asked to be told the stack's time. */
  readonly followsLocalTime: boolean;
  /** Data messages that arrived whole. */
  messagesSeen = 0;
  /** The number of the first message that is not to be handled, because a frame of it broke a limit. */
  firstRefusedMessage = Number.POSITIVE_INFINITY;
  /** The close code of a violation of the WebSocket protocol itself. */
  protocolErrorCode: number | undefined;

  constructor({ facts, stage, socket, rawSocket, nowMs, followsLocalTime }: NewConnection) {
    this.facts = facts;
    this.stage = stage;
    this.socket = socket;
    this.rawSocket = rawSocket;
    this.lastActiveAtMs = nowMs;
    this.followsLocalTime = followsLocalTime;
  }

  get id(): string {
    return this.facts.connectionId;
  }

  info(): ConnectionInfo {
    const { connectionId, stage, connectedAtMs, identity } = this.facts;
    return { connectionId, stage, connectedAtMs, lastActiveAtMs: this.lastActiveAtMs, ...identity };
  }

  /** Sends a text frame; nothing happens if the connection has ended. */
  send(data: string | Buffer, nowMs: number): void {
    if (this.ended) return;
    this.lastActiveAtMs = nowMs;
    this.socket.send(data, { binary: false });
  }

  /**
   * Reads nothing more from a client for which too much waits to be sent, until it has read that: a client that asks and
   * never reads would otherwise fill the memory with answers. TCP slows it down, and it notices nothing else.
   */
  readOnlyWhileItReads(sendBufferBytes: number): void {
    if (this.ended || this.socket.isPaused || this.socket.bufferedAmount <= sendBufferBytes) return;
    this.socket.pause();
    this.rawSocket.once('drain', () => this.socket.resume());
  }
}

/** A stage, and the state that it has while it is served. */
export interface ServedStage {
  readonly stage: Stage;
  /** Takes a token of the route. @returns false: throttled */
  readonly throttle: (routeKey: string, nowMs: number) => boolean;
}
