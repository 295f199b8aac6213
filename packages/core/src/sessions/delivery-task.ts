import type { ServerMessage } from '../protocol/index.ts';
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
  /** A share of one of the tasks above: these listeners, and whether they are removed once they are notified. */
  | {
      readonly task: 'notifyShare';
      readonly sessionId: string;
      readonly listeners: readonly Listener[];
      readonly message: ServerMessage;
      readonly remove: boolean;
    };
