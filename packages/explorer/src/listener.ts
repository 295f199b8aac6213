import type { ServerMessageOf } from '@sessions/core/protocol';
import { type Client, type Clients, isRetryable, MAX_ATTEMPTS } from './client.ts';
import { CLOSE_CODES } from './close-codes.ts';
import { lifeOf } from './ledger.ts';
import type { ListenerAction } from './plan.ts';
import type { Receiving } from './receiving.ts';
import type { World } from './world.ts';

const REWIND = 2;
const LANGUAGES = ['es', 'fr', 'de'] as const;

/** What a listener's client does, and how it goes on after each answer. */
export function createListenerBehaviour(world: () => World, clients: Clients, receiving: Receiving) {
  const useCases = () => world().useCases;
  /** Who has asked once more for its place, and has no answer yet: to move it meanwhile would be to have two. */
  const rejoining = new Set<Client>();
  /** The session that listeners were given the link of: the latest one. */
  const sessionToJoin = () => clients.all.findLast((one) => one.role === 'speaker' && one.session)?.session;

  function join(client: Client): void {
    const session = sessionToJoin();
    if (session === undefined || client.hasRole || client.sockets.size > 0) return;
    if (client.session?.sessionId !== session.sessionId) clients.forgetMessages(client);
    client.session = session;
    client.view = undefined;
    sendJoin(client, clients.open(client), session.sessionId, 1);
  }

  function sendJoin(client: Client, connectionId: string, sessionId: string, attempt: number, isFirst = true): void {
    const connectedAt = clients.connectedAt(connectionId);
    const targetLanguage = client.language;
    const joinKey = `k-${sessionId}`;
    const seen = client.feed.seen();
    // Some newcomers want to know what was said last.
    const rewind = isFirst && world().plan.seed % 3 === 0 ? REWIND : 0;
    const request = {
      connectionId,
      connectedAt,
      addressHash: client.name,
      sessionId,
      targetLanguage,
      joinKey,
      ...seen,
      ...(rewind > 0 && { rewind }),
    };
    client.moves++;
    clients.request(client, connectionId, 'joinSession', () => useCases().joinSession(request), {
      onReply(reply) {
        clients.learn(client, reply);
        client.place = reply.place;
        receiving.follow(client, reply, seen, rewind);
        take(client, connectionId);
        // Which session of the ID it is, its place tells.
        client.session = { sessionId, createdAt: Number(reply.place.split('#')[0]) };
        if (isFirst) client.mayHaveLostPlace = false;
        else rejoining.delete(client);
      },
      onError(code) {
        if (isRetryable(code) && attempt < MAX_ATTEMPTS)
          return sendJoin(client, connectionId, sessionId, attempt + 1, isFirst);
        rejoining.delete(client);
        // Of a repetition: only the end of the session says something new.
        if (client.hasRole && code !== 'SESSION_NOT_FOUND') return;
        finish(client, code === 'SESSION_FULL' ? 'full' : code === 'SESSION_NOT_FOUND' ? 'ended' : 'gaveUp');
      },
    });
  }

  function refresh(client: Client, { how = 'wait' as 'wait' | 'abandon', attempt = 1 } = {}): void {
    if (client.session === undefined || client.socket === undefined || client.end !== undefined) return;
    if (client.isMoving) return;
    client.isMoving = true;
    const connectionId = clients.open(client);
    sendRefresh(client, connectionId, client.socket, attempt);
    if (how !== 'abandon') return;
    clients.later(client, `abandons its refresh on ${connectionId}`, () => {
      if (client.socket === connectionId) return;
      client.mayHaveLostPlace = true;
      client.isMoving = false;
      clients.close(client, connectionId, CLOSE_CODES.lost);
    });
  }

  function sendRefresh(client: Client, connectionId: string, previousConnectionId: string, attempt: number): void {
    const { identity, session, language, place } = client;
    if (session === undefined) return;
    const connectedAt = clients.connectedAt(connectionId);
    const hints = world().plan.seed % 2 === 0 ? { targetLanguage: language, place } : {};
    const seen = client.feed.seen();
    client.moves++;
    clients.request(
      client,
      connectionId,
      'refreshConnection',
      () =>
        useCases().refreshConnection({
          connectionId,
          connectedAt,
          identity,
          sessionId: session.sessionId,
          role: 'listener',
          previousConnectionId,
          ...hints,
          ...seen,
        }),
      {
        onReply(reply: ServerMessageOf<'connectionRefreshComplete'>) {
          client.isMoving = false;
          if (client.socket !== previousConnectionId) return;
          clients.learn(client, reply);
          client.language = reply.targetLanguage ?? client.language;
          client.place = reply.place;
          receiving.follow(client, reply, seen);
          take(client, connectionId);
          clients.close(client, previousConnectionId, CLOSE_CODES.goodbye);
        },
        onError(code) {
          if (isRetryable(code) && attempt < MAX_ATTEMPTS) {
            return sendRefresh(client, connectionId, previousConnectionId, attempt + 1);
          }
          client.isMoving = false;
          clients.close(client, connectionId, CLOSE_CODES.lost);
          if (code === 'SESSION_NOT_FOUND') finish(client, 'ended');
          else if (client.socket === previousConnectionId) losePlace(client, `refreshConnection: ${code}`);
        },
      },
    );
  }

  /** A refresh of an earlier connection, sent once more: late, and of no use. */
  function repeatRefresh(client: Client): void {
    const { history, identity, session } = client;
    const [previousConnectionId, connectionId] = history.slice(-3);
    if (previousConnectionId === undefined || connectionId === undefined || session === undefined) return;
    const connectedAt = clients.connectedAt(connectionId);
    const { sessionId } = session;
    world().scheduler.spawn(
      `${client.name} repeats refreshConnection ${previousConnectionId} -> ${connectionId}`,
      10_000,
      () =>
        useCases().refreshConnection({
          connectionId,
          connectedAt,
          identity,
          sessionId,
          role: 'listener',
          previousConnectionId,
        }),
      { done() {}, failed() {}, crashed() {} },
    );
  }

  function changeLanguage(client: Client, attempt = 1): void {
    const { socket: connectionId } = client;
    if (connectionId === undefined) return;
    const targetLanguage = LANGUAGES.find((code) => code !== client.language) as string;
    client.moves++;
    clients.request(
      client,
      connectionId,
      'changeLanguage',
      () => useCases().changeLanguage({ connectionId, targetLanguage }),
      {
        onReply(reply) {
          clients.learn(client, reply);
          if (client.socket !== connectionId) return;
          client.language = reply.targetLanguage;
          receiving.follow(client, reply);
        },
        onError(code) {
          if (isRetryable(code) && attempt < MAX_ATTEMPTS) changeLanguage(client, attempt + 1);
          else if (code === 'SESSION_NOT_FOUND') finish(client, 'ended');
          // While it moves, its place may have gone to the new connection already.
          else if (client.isMoving) return;
          else if (code === 'NOT_IN_SESSION' && client.socket === connectionId) losePlace(client, 'changeLanguage');
        },
      },
    );
  }

  function heartbeat(client: Client): void {
    const { socket: connectionId } = client;
    if (connectionId === undefined || !client.sockets.has(connectionId)) return;
    const connectedAt = clients.connectedAt(connectionId);
    const { moves } = client;
    clients.request(client, connectionId, 'heartbeat', () => world().recordHeartbeat({ connectionId, connectedAt }), {
      onReply(ack) {
        clients.learn(client, ack);
        if (client.view?.state === 'ended') client.end = 'ended';
        else if (client.socket === connectionId) receiving.hear(client, ack, moves);
      },
      onError(code) {
        if (code === 'NOT_IN_SESSION' && client.socket === connectionId && !client.isMoving)
          losePlace(client, 'heartbeat');
      },
    });
  }

  /** The service says that the client has no place any more: right only if the session is over. */
  function losePlace(client: Client, what: string): void {
    const { session, socket } = client;
    if (session === undefined || socket === undefined) return;
    const last = world().ledger.lives.get(lifeOf(session))?.at(-1);
    if (!client.mayHaveLostPlace && last?.state !== 'ended') {
      world().ledger.report(`${client.name} has lost its place, without having left (${what})`);
    }
    clients.closeAll(client, CLOSE_CODES.lost);
    client.hasRole = false;
    client.isMoving = false;
    client.socket = undefined;
    clients.later(client, 'joins again', () => join(client));
  }

  function take(client: Client, connectionId: string): void {
    if (client.socket === connectionId) return;
    client.socket = connectionId;
    client.hasRole = true;
    client.lastHeartbeatAtMs = world().scheduler.nowMs;
    client.history.push(connectionId);
  }

  function finish(client: Client, end: NonNullable<Client['end']>): void {
    client.end = end;
    clients.closeAll(client, CLOSE_CODES.lost);
  }

  return {
    heartbeat,
    refresh,
    losePlace,
    act(client: Client, action: ListenerAction): void {
      if (client.end !== undefined) return;
      if (action === 'join') {
        join(client);
        return;
      }
      const { socket } = client;
      if (action === 'wake' && socket !== undefined && client.sockets.size === 0) refresh(client);
      if (socket === undefined || !client.sockets.has(socket)) return;
      switch (action) {
        case 'joinAgain':
          if (client.isMoving) break;
          rejoining.add(client);
          sendJoin(client, socket, client.session?.sessionId ?? '', 1, false);
          break;
        case 'changeLanguage':
          changeLanguage(client);
          break;
        case 'refresh':
          if (!rejoining.has(client)) refresh(client);
          break;
        case 'abandonRefresh':
          if (!rejoining.has(client)) refresh(client, { how: 'abandon' });
          break;
        case 'repeatRefresh':
          repeatRefresh(client);
          break;
        case 'heartbeat':
          heartbeat(client);
          break;
        case 'close':
          client.end = 'left';
          clients.closeAll(client, CLOSE_CODES.goodbye);
          break;
        case 'drop':
          // The network cuts it off; its place goes with `$disconnect`, unless it is back before that.
          client.mayHaveLostPlace = true;
          rejoining.delete(client);
          clients.closeAll(client, CLOSE_CODES.lost);
          clients.later(client, 'connects again', () => refresh(client));
          break;
        case 'sleep':
          client.mayHaveLostPlace = true;
          rejoining.delete(client);
          clients.closeAll(client, CLOSE_CODES.lost);
          break;
        case 'die':
          client.end = 'died';
          break;
      }
    },
  };
}
export type ListenerBehaviour = ReturnType<typeof createListenerBehaviour>;
