import { type BroadcastState, type ServerMessage, ServiceError, type SessionState } from '@sessions/core/protocol';
import type { Identity } from '@sessions/core/sessions';
import { createFeed, type Feed } from './feed.ts';
import type { World } from './world.ts';

/** Requests run for ten seconds at most. */
const REQUEST_TIMEOUT_MS = 10_000;
/** Repetitions of one request, with few faults in a schedule: a client that has used them up would be one that gave up. */
export const MAX_ATTEMPTS = 8;

/** What a client believes of its session: the last word of what it has heard, by revision. */
export interface View {
  revision: number;
  state: SessionState;
  broadcastState: BroadcastState | undefined;
}

/** Why a client is done with its session. */
export type ClientEnd = 'ended' | 'replaced' | 'full' | 'denied' | 'left' | 'died' | 'gaveUp';

export interface Client {
  readonly name: string;
  readonly role: 'speaker' | 'listener';
  readonly identity: Identity;
  readonly clientId: string | undefined;
  /** The connection that has the role, as far as the client knows. */
  socket: string | undefined;
  /** All connections that the client has open. */
  readonly sockets: Set<string>;
  /** Its connections that had the role, the oldest first. */
  readonly history: string[];
  session: { readonly sessionId: string; readonly createdAt: number } | undefined;
  /** Whether the service has said that it has its role. */
  hasRole: boolean;
  view: View | undefined;
  end: ClientEnd | undefined;
  language: string;
  place: string | undefined;
  /** It has asked for a new session, or for a new connection, and has no answer yet: it asks for nothing else meanwhile. */
  isMoving: boolean;
  /** It gave up an attempt whose outcome it does not know, so its place may have gone with that. */
  mayHaveLostPlace: boolean;
  lastHeartbeatAtMs: number;
  status: Extract<ServerMessage, { type: 'sessionStatus' }> | undefined;
  feed: Feed;
  /** The connection on which it waits for the answer to `recover`. */
  recoveringOn: string | undefined;
  /** Raised whenever it asks for another place or language, and when it gets it. */
  moves: number;
}

/** What a client is answered: a message, or a refusal; `TIMEOUT`: nothing. */
export interface Answer<T> {
  onReply(reply: T): void;
  onError(code: string): void;
}

export interface Clients {
  /** Requests that are in flight, and answers that the clients have not taken in. */
  readonly inFlight: number;
  create(name: string, role: 'speaker' | 'listener', identity: Identity, clientId?: string): Client;
  readonly all: Client[];
  owner(connectionId: string): Client | undefined;
  connectedAt(connectionId: string): number;
  open(client: Client): string;
  /** The client closes one of its sockets. */
  close(client: Client, connectionId: string, closeCode: number): void;
  closeAll(client: Client, closeCode: number): void;
  /** Sends a message of the client, on one of its sockets. */
  request<T>(client: Client, connectionId: string, what: string, invoke: () => Promise<T>, answer: Answer<T>): void;
  /** Lets a client do something of its own accord. */
  later(client: Client, what: string, run: () => void): void;
  learn(client: Client, message: Heard): void;
  /** The client turns to another session: what it has of the earlier one is of no use. */
  forgetMessages(client: Client): void;
}

/** A message that says how the session is. */
export interface Heard {
  readonly revision: number;
  readonly state?: SessionState;
  readonly broadcastState?: BroadcastState;
}

/** Of clients in schedules in which nothing is published: most of them, and they are to be fast. */
const NO_FEED = createFeed(() => {});

/** @param world the service, once it is there */
export function createClients(world: () => World): Clients {
  const all: Client[] = [];
  const owners = new Map<string, Client>();
  const opened = new Map<string, number>();
  let inFlight = 0;

  const feedOf = (name: string): Feed =>
    world().hasMessages ? createFeed((violation) => world().ledger.report(`${name} ${violation}`)) : NO_FEED;

  const clients: Clients = {
    all,
    get inFlight() {
      return inFlight;
    },
    create(name, role, identity, clientId) {
      const client: Client = {
        name,
        role,
        identity,
        clientId,
        socket: undefined,
        sockets: new Set(),
        history: [],
        session: undefined,
        hasRole: false,
        view: undefined,
        end: undefined,
        language: 'es',
        place: undefined,
        isMoving: false,
        mayHaveLostPlace: false,
        lastHeartbeatAtMs: 0,
        status: undefined,
        feed: feedOf(name),
        recoveringOn: undefined,
        moves: 0,
      };
      all.push(client);
      return client;
    },
    owner: (connectionId) => owners.get(connectionId),
    connectedAt: (connectionId) => opened.get(connectionId) ?? 0,

    open(client) {
      const connectionId = `${client.name}-${String.fromCharCode(65 + client.history.length + client.sockets.size)}${owners.size}`;
      owners.set(connectionId, client);
      opened.set(connectionId, world().scheduler.nowMs);
      client.sockets.add(connectionId);
      world().gateway.open(connectionId);
      world().scheduler.note(`${client.name} opens ${connectionId}`);
      return connectionId;
    },
    close(client, connectionId, closeCode) {
      if (!client.sockets.delete(connectionId)) return;
      const { gateway, disconnects, scheduler } = world();
      scheduler.note(`${client.name} closes ${connectionId} with ${closeCode}`);
      gateway.drop(connectionId);
      disconnects.add(connectionId, closeCode);
    },
    closeAll(client, closeCode) {
      for (const connectionId of [...client.sockets]) clients.close(client, connectionId, closeCode);
    },

    request(client, connectionId, what, invoke, answer) {
      inFlight++;
      const { scheduler, gateway, ledger } = world();
      gateway.touch(connectionId);
      const takeIn = (kind: string, run: () => void) =>
        scheduler.defer(client.name, `takes in ${kind} to ${what} on ${connectionId}`, () => {
          inFlight--;
          if (client.end === undefined && client.sockets.has(connectionId)) run();
        });
      scheduler.spawn(`${client.name} ${what} on ${connectionId}`, REQUEST_TIMEOUT_MS, invoke, {
        done: (reply) => takeIn('the reply', () => answer.onReply(reply as Awaited<ReturnType<typeof invoke>>)),
        failed(error) {
          if (!(error instanceof ServiceError)) ledger.report(`${what} threw ${(error as Error)?.stack ?? error}`);
          const { code } = error as ServiceError;
          takeIn(code, () => answer.onError(code));
        },
        crashed: () => takeIn('a timeout', () => answer.onError('TIMEOUT')),
      });
    },
    later(client, what, run) {
      inFlight++;
      world().scheduler.defer(client.name, what, () => {
        inFlight--;
        if (client.end === undefined) run();
      });
    },

    forgetMessages(client) {
      client.feed = feedOf(client.name);
    },
    learn(client, { revision, state, broadcastState }) {
      const { view } = client;
      if (view !== undefined && view.revision > revision) return;
      if (view?.revision === revision && state !== undefined && view.state !== state) {
        world().ledger.report(`${client.name} heard "${view.state}" and "${state}" with the same revision ${revision}`);
      }
      client.view = {
        revision,
        state: state ?? view?.state ?? 'active',
        broadcastState: broadcastState ?? view?.broadcastState,
      };
    },
  };
  return clients;
}

/** Whether sending the same message once more is what a client does. */
export const isRetryable = (code: string): boolean => code === 'SERVICE_UNAVAILABLE' || code === 'TIMEOUT';
