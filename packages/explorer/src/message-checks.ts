import { channelsOf } from '@sessions/core/sessions';
import type { Cast } from './cast.ts';
import type { Client } from './client.ts';
import { lifeOf } from './ledger.ts';
import type { World } from './world.ts';

/**
 * Looks for a client that lacks a message of the channels that it follows: one that was published since it joined, or
 * since it changed its language. That none was shown twice, or out of order, its feed holds at every message.
 * @param by what was to bring them, for the report
 */
export function findMissingMessage(client: Client, world: World, by: string): string | undefined {
  if (!world.hasMessages) return undefined;
  const { session, feed, socket, name } = client;
  const truth = session && world.ledger.lives.get(lifeOf(session))?.at(-1);
  if (truth === undefined || truth.state === 'ended' || socket === undefined) return undefined;
  const connection = world.tables.connections.get(socket)?.connection;
  if (connection === undefined) return undefined;
  const { createdAt: epoch } = truth;
  if (feed.epoch !== epoch) return `${name} counts messages from ${feed.epoch}, and its session from ${epoch} (${by})`;
  for (const channel of channelsOf(connection)) {
    const position = feed.positionOf(channel);
    const head = world.messages.headOf({ epoch, channel });
    if (position !== head) return `${name} was shown ${channel} up to ${position}: it goes up to ${head} (${by})`;
  }
  return undefined;
}

/** Whether every client has what was published, or is not asking for it any more. */
export const hasAllMessages = (world: World, cast: Cast): boolean =>
  !world.hasMessages || cast.live().every((client) => findMissingMessage(client, world, '') === undefined);
