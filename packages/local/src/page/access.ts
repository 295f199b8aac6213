import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isOwnPage } from './own-page.ts';

/** Why a request for something below `/_local/` is not answered. */
export interface Refusal {
  readonly statusCode: number;
  readonly message: string;
}

/** Decides who may watch and work a stack, and issue its tokens: what is below `/_local/`. */
export interface Access {
  /** Absent: the stack is open to this machine only, and needs none. */
  readonly token?: string;
  /** undefined: the request may be answered */
  refusalOf(req: IncomingMessage): Refusal | undefined;
  /**
   * Gives the token of the printed address to the browser as a cookie, so that it leaves the address bar and every later
   * request carries it. @returns false: the address has no token, or a wrong one, and the request is left untouched
   */
  signIn(req: IncomingMessage, res: ServerResponse): boolean;
}

/** @param isExposed whether other machines reach the stack: then a token, which is new with each start, is asked for */
export function createAccess({ isExposed, port }: { isExposed: boolean; port: number }): Access {
  if (!isExposed) {
    return {
      refusalOf: (req) =>
        isOwnPage(req) ? undefined : { statusCode: 403, message: 'Only pages of this server may ask' },
      signIn: () => false,
    };
  }
  const token = randomBytes(24).toString('base64url');
  // Cookies do not know ports: two stacks of one machine differ by name.
  const cookie = `local_stack_${port}`;
  const isToken = (text: string | null | undefined): boolean => {
    const [given, own] = [Buffer.from(text ?? ''), Buffer.from(token)];
    return given.length === own.length && timingSafeEqual(given, own);
  };
  return {
    token,
    refusalOf({ headers: { host = '', origin, cookie: cookies, authorization } }) {
      // The browser sends the cookie from pages of other ports of this machine, too.
      if (origin !== undefined && origin !== `http://${host}`) {
        return { statusCode: 403, message: 'Only pages of this server may ask' };
      }
      if (isToken(/^Bearer (\S+)$/i.exec(authorization ?? '')?.[1]) || isToken(cookieIn(cookies, cookie)))
        return undefined;
      return {
        statusCode: 401,
        message:
          'This stack is open to other machines: open the page at the address that was printed at its start, or send the token in it as Authorization: Bearer <token>',
      };
    },
    signIn(req, res) {
      const [path = '', query = ''] = (req.url ?? '').split('?', 2);
      if (path !== '/' || !isToken(new URLSearchParams(query).get('token'))) return false;
      res
        .writeHead(303, {
          location: '/',
          'set-cookie': `${cookie}=${token}; Path=/; HttpOnly; SameSite=Strict`,
          'cache-control': 'no-store',
        })
        .end();
      return true;
    },
  };
}

const cookieIn = (cookies: string | undefined, name: string): string | undefined =>
  cookies
    ?.split('; ')
    .find((each) => each.startsWith(`${name}=`))
    ?.slice(name.length + 1);
