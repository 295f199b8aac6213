/** Where one is on the page: kept in the address's fragment, so that a link leads there and nothing reaches a log. */
export interface Place {
  readonly page: 'speak' | 'listen' | 'watch';
  /** Of `listen`: the session to be joined. */
  readonly sessionId?: string;
  /** Of `listen`: the key of the session's links, with which a join is not held up by the limit on guesses. */
  readonly joinKey?: string | undefined;
}

/** @param hash e.g. `#listen/faithful-shepherd-427?k=…`; what it does not know is the first page */
export function placeOf(hash: string): Place {
  const [path = '', query] = hash.replace(/^#\/?/, '').split('?');
  const [page, sessionId] = path.split('/');
  if (page === 'watch') return { page };
  if (page !== 'listen') return { page: 'speak' };
  if (!sessionId) return { page };
  return { page, sessionId: decodeURIComponent(sessionId), joinKey: new URLSearchParams(query).get('k') ?? undefined };
}

/** The fragment that leads there. */
export function addressOf({ page, sessionId, joinKey }: Place): string {
  if (sessionId === undefined) return `#${page}`;
  const query = joinKey === undefined ? '' : `?${new URLSearchParams({ k: joinKey })}`;
  return `#${page}/${encodeURIComponent(sessionId)}${query}`;
}

/** The whole address, for a QR code. @param pageUrl where other machines find this page; default: where it is */
export const linkTo = (place: Place, pageUrl: string = location.href): string =>
  new URL(addressOf(place), pageUrl).href;
