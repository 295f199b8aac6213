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

/** The whole address, for a QR code. @param pageUrl where other machines find this page; default: where it is */
export const linkTo = (place: Place, pageUrl: string = location.href): string =>
  new URL(addressOf(place), pageUrl).href;
