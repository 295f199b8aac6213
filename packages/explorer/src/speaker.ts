import type { ServerMessageOf } from '@sessions/core/protocol';
import { type Client, type Clients, isRetryable, MAX_ATTEMPTS } from './client.ts';
import { CLOSE_CODES } from './close-codes.ts';
import { lifeOf } from './ledger.ts';
import type { SpeakerAction } from './plan.ts';
import type { Receiving } from './receiving.ts';
import type { World } from './world.ts';

/** Codes of connections that were cut off, or closed without a word. */
const DROPS = [CLOSE_CODES.lost, CLOSE_CODES.noCode, CLOSE_CODES.goingAway];

/** What a speaker's client does, and how it goes on after each answer. */
export function createSpeakerBehaviour(world: () => World, clients: Clients, receiving: Receiving) {
  const useCases = () => world().useCases;

  function create(client: Client): void {
    if (client.session !== undefined) return;
    sendCreate(client, clients.open(client), 1);
  }

  /** Creates a session ahead of time, and comes to it a while after the answer: listeners may be there before. */
  function schedule(client: Client): void {
    if (client.session === undefined && !client.isMoving) sendSchedule(client, clients.open(client), 1);
  }

  function sendSchedule(client: Client, connectionId: string, attempt: number): void {
    const { identity } = client;
    client.isMoving = true;
    clients.request(
      client,
      connectionId,
      'POST /sessions',
      () => useCases().scheduleSession({ identity, sourceLanguage: 'en' }),
      {
        onReply({ sessionId, createdAt }) {
          client.isMoving = false;
          client.session = { sessionId, createdAt };
          clients.later(client, `comes to ${sessionId}`, () =>
            sendRefresh(client, connectionId, sessionId, { takeOver: false, attempt: 1 }),
          );
        },
        onError(code) {
          // One of an attempt whose answer was lost waits for nobody, and expires.
          if (isRetryable(code) && attempt < MAX_ATTEMPTS) sendSchedule(client, connectionId, attempt + 1);
          else finish(client, code === 'SPEAKER_DENIED' ? 'denied' : 'gaveUp');
        },
      },
    );
  }

  function sendCreate(client: Client, connectionId: string, attempt: number): void {
    const { identity, clientId } = client;
    const connectedAt = clients.connectedAt(connectionId);
    client.isMoving = true;
    clients.request(
      client,
      connectionId,
      'createSession',
      () => useCases().createSession({ connectionId, connectedAt, identity, sourceLanguage: 'en', clientId }),
      {
        onReply(reply) {
          if (
            client.session !== undefined &&
            stillHas(client, connectionId) &&
            client.session.sessionId !== reply.sessionId
          ) {
            world().ledger.report(`${client.name} was given two sessions on one connection`);
          }
          client.isMoving = false;
          client.session = { sessionId: reply.sessionId, createdAt: reply.createdAt };
          take(client, connectionId);
          clients.learn(client, reply);
          receiving.follow(client, reply);
        },
        onError(code) {
          if (isRetryable(code) && attempt < MAX_ATTEMPTS) sendCreate(client, connectionId, attempt + 1);
          else finish(client, code === 'SPEAKER_DENIED' ? 'denied' : 'gaveUp');
        },
      },
    );
  }

  /** Whether the session that it created is its connection's still: once another has it, the connection is free. */
  function stillHas({ session }: Client, connectionId: string): boolean {
    const now = session && world().ledger.lives.get(lifeOf(session))?.at(-1);
    return now?.speakerConnectionId === connectionId;
  }

  /** Moves to a new connection. @param how `abandon`: closes it before the answer is there, and begins anew */
  function refresh(client: Client, { takeOver = false, how = 'wait' as 'wait' | 'abandon', attempt = 1 } = {}): void {
    const { session } = client;
    if (session === undefined || client.end !== undefined) return;
    const connectionId = clients.open(client);
    sendRefresh(client, connectionId, session.sessionId, { takeOver, attempt });
    if (how !== 'abandon') return;
    clients.later(client, `abandons its refresh on ${connectionId}`, () => {
      if (client.socket === connectionId) return;
      clients.close(client, connectionId, CLOSE_CODES.lost);
      refresh(client, { takeOver, attempt: attempt + 1 });
    });
  }

  function sendRefresh(
    client: Client,
    connectionId: string,
    sessionId: string,
    { takeOver, attempt }: { takeOver: boolean; attempt: number },
  ): void {
    const { identity, clientId, socket: previousConnectionId } = client;
    const connectedAt = clients.connectedAt(connectionId);
    const seen = client.feed.seen();
    client.moves++;
    const again = (onNew: boolean) => {
      if (attempt >= MAX_ATTEMPTS) return finish(client, 'gaveUp');
      if (!onNew) return sendRefresh(client, connectionId, sessionId, { takeOver, attempt: attempt + 1 });
      clients.close(client, connectionId, CLOSE_CODES.lost);
      refresh(client, { takeOver, attempt: attempt + 1 });
    };
    clients.request(
      client,
      connectionId,
      'refreshConnection',
      () =>
        useCases().refreshConnection({
          connectionId,
          connectedAt,
          identity,
          sessionId,
          role: 'speaker',
          previousConnectionId,
          clientId,
          takeOver,
          ...seen,
        }),
      {
        onReply(reply: ServerMessageOf<'connectionRefreshComplete'>) {
          const previous = client.socket;
          // A reply that comes after a newer connection has the role is of no use.
          const isNewer = previous === undefined || clients.connectedAt(previous) <= connectedAt;
          clients.learn(client, reply);
          if (isNewer) {
            take(client, connectionId);
            receiving.follow(client, reply, seen);
          }
          const leftover = isNewer ? previous : connectionId;
          if (leftover !== undefined && leftover !== client.socket) {
            clients.close(client, leftover, CLOSE_CODES.goodbye);
          }
        },
        onError(code) {
          if (code === 'SESSION_NOT_FOUND') finish(client, 'ended');
          else if (code === 'SPEAKER_REPLACED') finish(client, 'replaced');
          else if (code === 'SPEAKER_DENIED') finish(client, 'denied');
          // By turns on the same connection and on a new one: both must work.
          else again(!isRetryable(code) || attempt % 2 === 0);
        },
      },
    );
  }

  function take(client: Client, connectionId: string): void {
    client.socket = connectionId;
    client.hasRole = true;
    client.lastHeartbeatAtMs = world().scheduler.nowMs;
    client.history.push(connectionId);
  }

  function finish(client: Client, end: NonNullable<Client['end']>): void {
    client.end = end;
    clients.closeAll(client, CLOSE_CODES.lost);
  }

  function heartbeat(client: Client): void {
    const { socket: connectionId } = client;
    if (connectionId === undefined || !client.sockets.has(connectionId)) return;
    const connectedAt = clients.connectedAt(connectionId);
    const { moves } = client;
    clients.request(client, connectionId, 'heartbeat', () => world().recordHeartbeat({ connectionId, connectedAt }), {
      onReply(ack) {
        hear(client, ack);
        if (client.end === undefined && client.socket === connectionId) receiving.hear(client, ack, moves);
      },
      onError(code) {
        if (code === 'NOT_IN_SESSION' && client.socket === connectionId) refresh(client);
      },
    });
  }

  function hear(client: Client, ack: ServerMessageOf<'heartbeatAck'>): void {
    clients.learn(client, ack);
    if (client.view?.state === 'ended') client.end = 'ended';
  }

  function setBroadcastState(client: Client, attempt = 1): void {
    const { socket: connectionId, identity } = client;
    if (connectionId === undefined) return;
    const muted = !(client.view?.broadcastState?.muted ?? false);
    clients.request(
      client,
      connectionId,
      'setBroadcastState',
      () => useCases().setBroadcastState({ connectionId, identity, change: { muted } }),
      {
        onReply: (reply) => clients.learn(client, reply),
        onError(code) {
          if (isRetryable(code) && attempt < MAX_ATTEMPTS) setBroadcastState(client, attempt + 1);
        },
      },
    );
  }

  function endSession(client: Client, attempt = 1): void {
    const { socket: connectionId, identity } = client;
    if (connectionId === undefined) return;
    clients.request(client, connectionId, 'endSession', () => useCases().endOwnSession({ connectionId, identity }), {
      onReply(reply) {
        clients.learn(client, { revision: reply.revision, state: 'ended' });
        client.end = 'ended';
      },
      onError(code) {
        if (isRetryable(code) && attempt < MAX_ATTEMPTS) endSession(client, attempt + 1);
        else if (code === 'FORBIDDEN' || code === 'NOT_IN_SESSION') refresh(client);
      },
    });
  }

  return {
    heartbeat,
    refresh,
    act(client: Client, action: SpeakerAction): void {
      const { socket } = client;
      if (client.end !== undefined) return;
      if (action === 'create') {
        create(client);
        return;
      }
      if (action === 'schedule') {
        schedule(client);
        return;
      }
      if (action === 'takeOver') {
        takeOver(client);
        return;
      }
      if (socket === undefined || !client.sockets.has(socket)) return;
      switch (action) {
        case 'createAgain':
          // On the connection that created it, while it has no other.
          if (client.history.length === 1 && client.sockets.size === 1 && !client.isMoving) {
            sendCreate(client, socket, MAX_ATTEMPTS);
          }
          break;
        case 'refresh':
          if (!client.isMoving) refresh(client);
          break;
        case 'abandonRefresh':
          if (!client.isMoving) refresh(client, { how: 'abandon' });
          break;
        case 'setBroadcastState':
          setBroadcastState(client);
          break;
        case 'endSession':
          endSession(client);
          break;
        case 'status':
          status(client);
          break;
        case 'heartbeat':
          heartbeat(client);
          break;
        case 'close':
          client.end = 'left';
          clients.closeAll(client, CLOSE_CODES.goodbye);
          break;
        case 'drop':
          clients.closeAll(client, DROPS[world().scheduler.choices.draw(DROPS.length)] as number);
          clients.later(client, 'connects again', () => refresh(client));
          break;
        case 'die':
          client.end = 'died';
          break;
      }
    },
  };

  function status(client: Client): void {
    const { socket: connectionId, identity } = client;
    if (connectionId === undefined) return;
    clients.request(
      client,
      connectionId,
      'getSessionStatus',
      () => useCases().reportStatus({ connectionId, identity }),
      { onReply: (reply) => hearStatus(client, reply), onError() {} },
    );
  }

  /** A second client of the first speaker takes the session from it. */
  function takeOver(client: Client): void {
    if (client.isMoving) return;
    const other = clients.all.find((one) => one.role === 'speaker' && one !== client && one.session !== undefined);
    if (client.session === undefined) {
      if (other === undefined) return;
      client.session = other.session;
    }
    refresh(client, { takeOver: true });
  }
}
export type SpeakerBehaviour = ReturnType<typeof createSpeakerBehaviour>;

/** Of two, the later is true. */
export function hearStatus(client: Client, status: ServerMessageOf<'sessionStatus'>): void {
  if (client.status === undefined || client.status.timestamp < status.timestamp) client.status = status;
}
