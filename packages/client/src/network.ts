/** Where the platform tells about the network and the page: `globalThis` and `document` in a browser. */
export interface NetworkEvents {
  readonly global?: Pick<EventTarget, 'addEventListener' | 'removeEventListener'> | undefined;
  readonly document?:
    | (Pick<EventTarget, 'addEventListener' | 'removeEventListener'> & { readonly visibilityState: string })
    | undefined;
}

/** The platform's; in Node.js there are none. */
export function platformNetworkEvents(): NetworkEvents {
  const platform = globalThis as unknown as { addEventListener?: unknown } & NonNullable<NetworkEvents['global']> &
    Pick<NetworkEvents, 'document'>;
  return {
    global: typeof platform.addEventListener === 'function' ? platform : undefined,
    document: typeof platform.document?.addEventListener === 'function' ? platform.document : undefined,
  };
}

/** Calls when the network is back, or the page is seen again: a good moment to look after the connection. */
export function onWake(events: NetworkEvents, wake: () => void): () => void {
  const { global, document } = events;
  const seen = () => {
    if (document?.visibilityState === 'visible') wake();
  };
  global?.addEventListener('online', wake);
  document?.addEventListener('visibilitychange', seen);
  return () => {
    global?.removeEventListener('online', wake);
    document?.removeEventListener('visibilitychange', seen);
  };
}
