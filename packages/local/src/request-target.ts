/** A request's target, in the parts that every handler of the port decides by. */
export interface RequestTarget {
  /** Begins with `/`, as the client sent it: nothing is decoded or resolved. */
  readonly path: string;
  /** Without its question mark; empty if there is none. */
  readonly queryString: string;
  /** Of the path, without the empty ones. */
  readonly segments: readonly string[];
}

/** Scheme and authority of the absolute form, which a server has to accept. @see RFC 9112, section 3.2.2 */
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/?#\\]*/i;

/**
 * Reads the target of a request. Node.js hands on almost any bytes, and a URL parser throws at some of them (`//`,
 * `http://[::1`): this is the one place where handlers get their paths from, and it takes every string.
 * @param url `req.url`; absent for requests that Node.js did not parse
 */
export function requestTarget(url: string | undefined): RequestTarget {
  const target = (url ?? '/').replace(ORIGIN, '').split('#', 1)[0] ?? '';
  const at = target.indexOf('?');
  const path = at < 0 ? target : target.slice(0, at);
  return {
    path: path.startsWith('/') ? path : `/${path}`,
    queryString: at < 0 ? '' : target.slice(at + 1),
    segments: path.split('/').filter((segment) => segment !== ''),
  };
}
