/** Where one is on the page: kept in the address's fragment, so that a link leads there and nothing reaches a log. */
export interface Place {
  readonly page: 'speak' | 'listen' | 'watch';
  /** Of `listen`: the session to be joined. */
  readonly sessionId?: string;
}

/** @param hash e.g. `#listen/faithful-shepherd-427`; what it does not know is the first page */
export function placeOf(hash: string): Place {
  const [page, sessionId] = hash.replace(/^#\/?/, '').split('/');
  if (page === 'watch') return { page };
  if (page !== 'listen') return { page: 'speak' };
  return sessionId ? { page, sessionId: decodeURIComponent(sessionId) } : { page };
}

/** The fragment that leads there. */
export const addressOf = ({ page, sessionId }: Place): string =>
  sessionId === undefined ? `#${page}` : `#${page}/${encodeURIComponent(sessionId)}`;

/** The whole address, for a QR code. */
export const linkTo = (place: Place): string => new URL(addressOf(place), location.href).href;
