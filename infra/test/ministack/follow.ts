import type { Listener, Speaker, StateChange } from '../../../packages/client/src/index.ts';

/** What became of the clients, for the reader of a test that failed. */
export const journal: string[] = [];

/** Writes down what becomes of a client. */
export function follow<C extends Speaker | Listener>(name: string, client: C): C {
  const startedAtMs = performance.now();
  const note = (text: string) =>
    journal.push(`${((performance.now() - startedAtMs) / 1000).toFixed(1)} s ${name} ${text}`);
  const each = client as Listener;
  each.on('statechange', ({ from, to }: StateChange) => note(`${from} to ${to}`));
  each.on('ended', ({ reason }) => note(`ended: ${reason}`));
  each.on('failed', ({ error }) => note(`failed: ${error.message}`));
  for (const event of ['interrupted', 'resumed'] as const) each.on(event, () => note(event));
  if ('getStatus' in client) client.on('status', (status) => note(JSON.stringify(status.listenersByLanguage)));
  return client;
}

/** Resolves with the next event of a name, or the next of which something is true. */
export const next = <Event = unknown>(
  from: Speaker | Listener,
  name: string,
  isMeant: (event: Event) => boolean = () => true,
): Promise<Event> =>
  new Promise((resolve) => {
    const off = (from as Listener).on(name as 'message', (event) => {
      if (!isMeant(event as Event)) return;
      off();
      resolve(event as Event);
    });
  });

/** Resolves when a client has passed through a state to another; rejects when it is over before. */
export const reaches = (client: Speaker | Listener, from: string, to: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const each = client as Listener;
    const offs = [
      each.on('statechange', (change: StateChange) => {
        if (change.from !== from || change.to !== to) return;
        for (const off of offs) off();
        resolve();
      }),
      each.on('failed', ({ error }) => reject(error)),
    ];
  });
