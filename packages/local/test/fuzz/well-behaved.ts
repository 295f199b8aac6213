import WebSocket from 'ws';
import type { ServerAccess } from './server.ts';

/** The server is hung if it answers nothing in this time, milliseconds. */
const ANSWER_LIMIT_MS = 20_000;

/** Opens a WebSocket as any client does. @throws {Error} refused, or no answer */
export function connectWell({ url, facts }: ServerAccess): Promise<WebSocket> {
  const socket = new WebSocket(url, [...facts.protocols]);
  return within('a fresh connection', (resolve, reject) => {
    socket.once('open', () => resolve(socket));
    socket.once('error', reject);
  });
}

/** Sends a message of its own and waits for the answer to it. @throws {Error} the connection is closed, or no answer */
export function exchangeWell(socket: WebSocket, { probe }: ServerAccess, id: string): Promise<void> {
  const message = probe.replace('ID', id);
  return within(`an answer to ${message}`, (resolve, reject) => {
    if (socket.readyState !== WebSocket.OPEN) return reject(new Error('a well-behaved connection has been closed'));
    const closed = (code: number) => reject(new Error(`a well-behaved connection was closed with ${code}`));
    const received = (data: WebSocket.RawData) => {
      if (!data.toString().includes(id)) return;
      socket.off('message', received).off('close', closed);
      resolve();
    };
    socket.on('message', received).once('close', closed).send(message);
  });
}

function within<T>(what: string, start: (resolve: (value: T) => void, reject: (error: Error) => void) => void) {
  return new Promise<T>((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error(`no sign of ${what} within 20 s`)), ANSWER_LIMIT_MS);
    start(
      (value) => {
        clearTimeout(limit);
        resolve(value);
      },
      (error) => {
        clearTimeout(limit);
        reject(error);
      },
    );
  });
}
