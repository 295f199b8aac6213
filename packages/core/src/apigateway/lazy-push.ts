import type { Push } from '../sessions/ports.ts';
import type { PushOptions } from './push.ts';

/**
 * A `Push` whose SDK client is loaded when the first message is sent. Most invocations send none, since a reply is the
 * function's result; so the client stays out of the cold start.
 */
export function createLazyPush({ endpoint, onFailure }: { endpoint: string } & Pick<PushOptions, 'onFailure'>): Push {
  let loading: Promise<Push> | undefined;
  const load = () => {
    loading ??= import('./loaded-push.ts').then(({ createPushTo }) => createPushTo(endpoint, onFailure));
    return loading;
  };
  return {
    send: async (connectionId, message) => (await load()).send(connectionId, message),
    fanOut: async (connectionIds, message) =>
      connectionIds.length === 0
        ? { delivered: [], gone: [], failed: [] }
        : (await load()).fanOut(connectionIds, message),
    sendEach: async (messages) =>
      messages.length === 0 ? { delivered: [], gone: [], failed: [] } : (await load()).sendEach(messages),
    close: async (connectionId) => (await load()).close(connectionId),
  };
}
