import type { MemoryGateway } from '@sessions/core/memory';
import type { ConnectionRepository, FanOutReport, MessageLog, Push, SessionRepository } from '@sessions/core/sessions';
import type { Exposure, Scheduler } from './scheduler.ts';

const EXPOSURES: Readonly<
  Partial<Record<keyof SessionRepository | keyof ConnectionRepository | keyof MessageLog, Exposure>>
> = {
  find: 'read',
  findSession: 'read',
  holds: 'read',
  findWithPlaces: 'read',
  findAnnouncedLanguages: 'read',
  openSessionsOf: 'read',
  takePlace: 'take',
};

export interface ScheduledOptions {
  readonly scheduler: Scheduler;
  /** As the repository's. */
  readonly pageSize: number;
  /** Called after every write. */
  readonly onWritten: () => void;
}

/** Makes every method of a repository a step of the schedule; of its pages, each. */
export function scheduled<T extends object>(repository: T, { scheduler, pageSize, onWritten }: ScheduledOptions): T {
  const ports: Record<string, unknown> = {};
  for (const [name, method] of Object.entries(repository) as [string, (...args: unknown[]) => unknown][]) {
    const exposure = EXPOSURES[name as keyof typeof EXPOSURES] ?? 'write';
    ports[name] = /pages$/i.test(name)
      ? (...args: unknown[]) => pages(name, method(...args) as AsyncIterable<unknown>, args[0])
      : (...args: unknown[]) =>
          scheduler.call(name, args[0], exposure, () => {
            const result = method(...args);
            if (exposure !== 'read') onWritten();
            return result;
          });
  }
  return ports as T;

  async function* pages(name: string, all: AsyncIterable<unknown>, argument: unknown): AsyncGenerator<unknown> {
    const iterator = all[Symbol.asyncIterator]();
    for (;;) {
      const page = (await scheduler.call(name, argument, 'read', () => iterator.next())) as IteratorResult<unknown>;
      if (page.done) return;
      yield page.value;
      // The last page is known by itself: a page less is a step less.
      const isLast = Array.isArray(page.value) ? page.value.length < pageSize : !('cursor' in (page.value as object));
      if (isLast) return;
    }
  }
}

/** Makes every post a step of its own: posts of two fan-outs arrive in any order. */
export function scheduledPush(gateway: MemoryGateway, scheduler: Scheduler): Push {
  const post: Push['send'] = (connectionId, message) =>
    scheduler.call(`post to ${connectionId}`, message, 'post', () => gateway.send(connectionId, message));

  async function toAll(posts: readonly (readonly [string, Promise<boolean>])[]): Promise<FanOutReport> {
    const report = { delivered: [] as string[], gone: [] as string[], failed: [] as string[] };
    const outcomes = await Promise.allSettled(posts.map(([, outcome]) => outcome));
    outcomes.forEach((outcome, index) => {
      const connectionId = (posts[index] as (typeof posts)[number])[0];
      if (outcome.status === 'rejected') report.failed.push(connectionId);
      else (outcome.value ? report.delivered : report.gone).push(connectionId);
    });
    return report;
  }

  return {
    send: post,
    fanOut: (ids, message) => toAll(ids.map((id) => [id, post(id, message)])),
    sendEach: (messages) =>
      toAll(messages.map(({ connectionId, message }) => [connectionId, post(connectionId, message)])),
    close: (connectionId) =>
      scheduler.call(`close ${connectionId}`, undefined, 'write', () => gateway.close(connectionId)),
    lastActiveAt: (connectionId) =>
      scheduler.call(`ask for ${connectionId}`, undefined, 'read', () => gateway.lastActiveAt(connectionId)),
  };
}
