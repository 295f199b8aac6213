import type { Push } from '../sessions/ports.ts';
import type { PushOptions } from './push.ts';

/**
 * Creates a `Push` that is loaded when the first message is sent. Most invocations send none, since a reply is the
 * function's result; so signer and HTTP client stay out of the cold start.
 */
export function createLazyPush(options: PushOptions): Push {
  let loading: Promise<Push> | undefined;
  const load = () => {
    loading ??= import('./push.ts').then(({ createPush }) => createPush(options));
    return loading;
  };
  return {
    send: async (connectionId, message) => (await load()).send(connectionId, message),
    fanOut: async (connectionIds, message, budgetMs) =>
      connectionIds.length === 0
        ? { delivered: [], gone: [], failed: [] }
        : (await load()).fanOut(connectionIds, message, budgetMs),
    sendEach: async (messages) =>
      messages.length === 0 ? { delivered: [], gone: [], failed: [] } : (await load()).sendEach(messages),
    close: async (connectionId) => (await load()).close(connectionId),
    lastActiveAt: async (connectionId) => (await load()).lastActiveAt(connectionId),
  };
}
