import type { ServerMessage } from '@sessions/core/protocol';
import type { Session } from '@sessions/core/sessions';
import { type Client, type Clients, createClients } from './client.ts';
import { CLOSED_BY_SERVICE } from './close-codes.ts';
import { lifeOf } from './ledger.ts';
import { createListenerBehaviour, type ListenerBehaviour } from './listener.ts';
import { createPublishers, type Publishers } from './publisher.ts';
import { createReceiving } from './receiving.ts';
import { createSpeakerBehaviour, hearStatus, type SpeakerBehaviour } from './speaker.ts';
import type { World } from './world.ts';

/** Clients send one every 30 s. */
const HEARTBEAT_AGAIN_MS = 2000;

export const USER_ID = 'user-0';

/** Everybody who uses the service in a schedule: two clients of one user who speaks, and listeners. */
export interface Cast {
  readonly clients: Clients;
  readonly speaking: SpeakerBehaviour;
  readonly listening: ListenerBehaviour;
  readonly publishers: Publishers;
  speaker(who: number): Client;
  listener(who: number): Client;
  onMessage(connectionId: string, message: ServerMessage): void;
  onClosed(connectionId: string): void;
  /** The platform ends every connection that is open, as it does after two hours. */
  closeAllSockets(): void;
  /** Clients that have a role, and are there. */
  live(): Client[];
  /** Every client that is live says so, unless it has just done so. */
  heartbeats(): void;
  /** Holds an end of a session against what its speaker does. */
  judge(before: Session | undefined, after: Session): void;
}

export function createCast(world: () => World): Cast {
  const clients = createClients(world);
  const receiving = createReceiving(world, clients);
  const speaking = createSpeakerBehaviour(world, clients, receiving);
  const listening = createListenerBehaviour(world, clients, receiving);
  const publishers = createPublishers(world, clients);
  const named = new Map<string, Client>();

  function speaker(who: number): Client {
    const name = `S${who}`;
    const identity = { kind: 'speaker', userId: USER_ID, tokenExpiresAt: Number.MAX_SAFE_INTEGER } as const;
    return named.get(name) ?? remember(name, clients.create(name, 'speaker', identity, `client-${who}`));
  }
  function listener(who: number): Client {
    const name = `L${who}`;
    return named.get(name) ?? remember(name, clients.create(name, 'listener', { kind: 'anonymous' }));
  }
  function remember(name: string, client: Client): Client {
    named.set(name, client);
    return client;
  }

  function reconnect(client: Client): void {
    clients.later(client, 'connects again', () => {
      if (client.role === 'speaker') speaking.refresh(client);
      else listening.refresh(client);
    });
  }

  const isLive = ({ end, hasRole, socket, sockets }: Client): boolean =>
    end === undefined && hasRole && socket !== undefined && sockets.has(socket);

  return {
    clients,
    speaking,
    listening,
    publishers,
    speaker,
    listener,
    onMessage(connectionId, message) {
      const client = clients.owner(connectionId);
      if (client === undefined || client.end !== undefined || !client.sockets.has(connectionId)) return;
      switch (message.type) {
        case 'sessionEnded':
          clients.learn(client, { revision: message.revision, state: 'ended' });
          client.end = 'ended';
          break;
        case 'speakerReplaced':
          if (client.socket === connectionId) client.end = 'replaced';
          break;
        case 'sessionStatus':
          hearStatus(client, message);
          break;
        case 'message':
          receiving.take(client, message);
          break;
        case 'sessionStarted':
        case 'sessionInterrupted':
        case 'sessionResumed':
        case 'broadcastStateChanged':
          clients.learn(client, message);
          break;
      }
    },
    onClosed(connectionId) {
      const client = clients.owner(connectionId);
      world().disconnects.add(connectionId, 1000, CLOSED_BY_SERVICE);
      if (client === undefined) return;
      client.sockets.delete(connectionId);
      if (client.end === undefined && client.socket === connectionId) {
        client.mayHaveLostPlace = true;
        reconnect(client);
      }
    },
    closeAllSockets() {
      const { gateway, disconnects } = world();
      for (const connectionId of [...gateway.sockets.keys()]) {
        gateway.drop(connectionId);
        disconnects.add(connectionId, 1001, 'Going away');
        const client = clients.owner(connectionId);
        if (client === undefined) continue;
        client.mayHaveLostPlace = true;
        client.sockets.delete(connectionId);
        if (client.end === undefined && client.socket === connectionId) reconnect(client);
      }
    },
    live: () => clients.all.filter(isLive),
    heartbeats() {
      const { nowMs } = world().scheduler;
      for (const client of clients.all) {
        if (!isLive(client) || nowMs - client.lastHeartbeatAtMs < HEARTBEAT_AGAIN_MS) continue;
        client.lastHeartbeatAtMs = nowMs;
        if (client.role === 'speaker') speaking.heartbeat(client);
        else listening.heartbeat(client);
      }
    },
    judge(before, after) {
      if (after.state !== 'ended' || before?.state === 'ended') return;
      if (after.endReason !== 'speakerLost' && after.endReason !== 'speakerLeft') return;
      const life = lifeOf(after);
      for (const client of clients.all) {
        if (client.role !== 'speaker' || !isLive(client) || client.session === undefined) continue;
        if (lifeOf(client.session) !== life || after.speakerClientId !== client.clientId) continue;
        world().ledger.report(
          `${after.sessionId} ended (${after.endReason}) while ${client.name} speaks on ${client.socket}`,
        );
      }
    },
  };
}
