import type { ServerMessage, ServerMessageOf } from '../protocol/index.ts';
import type { Listener } from './model.ts';

/**
 * Work for the `deliverer`. Every task may be run twice, late, or beside another one: receivers ignore older revisions,
 * and the end of a session only goes on from where it is.
 */
export type DeliveryTask =
  /** Sends one message to every listener of the session. */
  | { readonly task: 'notifyListeners'; readonly sessionId: string; readonly message: ServerMessage }
  /** Sends one message to the speaker, or to a connection that was the speaker's; with `close`, closes the socket afterwards. */
  | {
      readonly task: 'notifyConnection';
      readonly connectionId: string;
      readonly message: ServerMessage;
      readonly close?: boolean;
    }
  /** Finishes the end of a session: closes its shards, notifies and removes everybody, notes that it is complete. */
  | { readonly task: 'completeEnd'; readonly sessionId: string; readonly createdAt: number }
  /**
   * Sends a message that is in the log to those who follow its channel. Nothing is sent, or sent again, after
   * `retryUntil` (epoch milliseconds): what is then missing, clients recover from the log.
   */
  | {
      readonly task: 'deliverMessage';
      readonly sessionId: string;
      readonly message: ServerMessageOf<'message'>;
      readonly retryUntil: number;
    }
  /**
   * Sends one connection what it has missed: from the log, in order, each channel after `after` up to `upTo`. What was
   * published before `notBefore` (epoch milliseconds) is left out: it is not held any more, and only not deleted yet.
   */
  | {
      readonly task: 'replay';
      readonly sessionId: string;
      readonly connectionId: string;
      readonly epoch: number;
      readonly notBefore: number;
      readonly channels: readonly { readonly channel: string; readonly after: number; readonly upTo: number }[];
    }
  /** A share of one of the tasks above: these listeners, and whether they are removed once they are notified. */
  | {
      readonly task: 'notifyShare';
      readonly sessionId: string;
      readonly listeners: readonly Listener[];
      readonly message: ServerMessage;
      readonly remove: boolean;
      /** As above; absent: the deliverer's own budget. */
      readonly retryUntil?: number;
    };
