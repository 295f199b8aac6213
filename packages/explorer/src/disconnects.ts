import type { Disconnect } from '@sessions/core/sessions';
import type { Scheduler, Source } from './scheduler.ts';

const DISCONNECT_TIMEOUT_MS = 29_000;

/** What API Gateway says of connections that have ended: late, sometimes twice, sometimes never. */
export interface Disconnects extends Source {
  readonly isEmpty: boolean;
  add(connectionId: string, closeCode: number, reason?: string): void;
}

export interface DisconnectsOptions {
  readonly scheduler: Scheduler;
  readonly disconnect: Disconnect;
  readonly onFailure: (error: unknown) => void;
}

export function createDisconnects({ scheduler, disconnect, onFailure }: DisconnectsOptions): Disconnects {
  const queue: (readonly [connectionId: string, closeCode: number, reason: string])[] = [];
  let inFlight = 0;
  return {
    name: 'disconnects',
    priority: scheduler.choices.priority(),
    get isEmpty() {
      return queue.length === 0 && inFlight === 0;
    },
    add: (connectionId, closeCode, reason = '') => void queue.push([connectionId, closeCode, reason]),
    isReady: () => queue.length > 0,
    fire() {
      const at = scheduler.choices.draw(queue.length);
      const [connectionId, closeCode, reason] = queue[at] as (typeof queue)[number];
      const fault = scheduler.takeFault(['twice', 'lostDisconnect']);
      if (fault !== 'twice') queue.splice(at, 1);
      if (fault === 'lostDisconnect') {
        scheduler.note(`$disconnect of ${connectionId} is lost`);
        return;
      }
      inFlight++;
      const over = () => void inFlight--;
      scheduler.spawn(
        `disconnect(${connectionId} ${closeCode})`,
        DISCONNECT_TIMEOUT_MS,
        () => disconnect(connectionId, closeCode, reason),
        {
          done: over,
          failed(error) {
            onFailure(error);
            over();
          },
          crashed: over,
        },
      );
    },
  };
}
