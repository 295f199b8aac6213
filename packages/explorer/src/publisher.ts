import { ServiceError } from '@sessions/core/protocol';
import { type Clients, isRetryable, MAX_ATTEMPTS } from './client.ts';
import type { World } from './world.ts';

/** As the `publisher` function's. */
const PUBLISHER_TIMEOUT_MS = 29_000;
/** Every so-manyth message has no ID, and is published once, whatever comes of it. */
const WITHOUT_ID = 4;

interface Publication {
  readonly sessionId: string;
  readonly to: string;
  readonly data: string;
  readonly id?: string;
}

/** Backends that publish to the latest session; a message whose answer does not come, they publish again. */
export interface Publishers {
  /** Whether one was killed: then its message may have been sent to nobody. */
  readonly wereKilled: boolean;
  publish(who: number, to: string): void;
  /** The publisher's last message once more. */
  publishAgain(who: number): void;
}

export function createPublishers(world: () => World, clients: Clients): Publishers {
  const last = new Map<number, Publication>();
  let published = 0;
  let wereKilled = false;

  function send(who: number, publication: Publication, attempt: number): void {
    const { scheduler, ledger, messages, useCases } = world();
    const { to, data, id } = publication;
    const again = () => {
      if (id === undefined || attempt >= MAX_ATTEMPTS) return;
      scheduler.defer(`P${who}`, `publishes ${data} again`, () => send(who, publication, attempt + 1));
    };
    scheduler.spawn(`P${who} publishes ${data} to ${to}`, PUBLISHER_TIMEOUT_MS, () => useCases.publish(publication), {
      done(result) {
        const { receipt } = result as Awaited<ReturnType<typeof useCases.publish>>;
        const { channel, epoch, offset } = receipt;
        messages.receive({ epoch, channel }, id, offset);
      },
      failed(error) {
        if (!(error instanceof ServiceError)) ledger.report(`publish threw ${(error as Error)?.stack ?? error}`);
        if (isRetryable((error as ServiceError).code)) again();
      },
      crashed() {
        wereKilled = true;
        again();
      },
    });
  }

  return {
    get wereKilled() {
      return wereKilled;
    },
    publish(who, to) {
      const session = clients.all.findLast((one) => one.role === 'speaker' && one.session)?.session;
      if (session === undefined) return;
      const data = `m${published++}`;
      const publication = {
        sessionId: session.sessionId,
        to,
        data,
        ...(published % WITHOUT_ID === 0 ? {} : { id: `id-${data}` }),
      };
      last.set(who, publication);
      send(who, publication, 1);
    },
    publishAgain(who) {
      const publication = last.get(who);
      if (publication?.id !== undefined) send(who, publication, 1);
    },
  };
}
