import { ServiceError } from '../protocol/index.ts';
import type { ListenerConnection } from './model.ts';
import type { SessionRepository } from './ports.ts';

/** A language can change between two attempts, at most once a second. */
const MAX_ATTEMPTS = 5;

/** Removes a listener's connection and gives its place back, in one transaction. Does nothing if it is gone already. */
export async function releasePlace(
  listener: ListenerConnection,
  sessions: Pick<SessionRepository, 'releasePlace'>,
): Promise<void> {
  let current = listener;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const outcome = await sessions.releasePlace(current);
    if (outcome === 'released' || outcome === 'gone') return;
    current = outcome.changed;
  }
  throw new ServiceError('SERVICE_UNAVAILABLE', 'The connection changes its language all the time');
}
