import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { type ClientOptions, WebSocket } from 'ws';

/** A WebSocket client whose messages are awaited one by one. */
export interface Client {
  readonly socket: WebSocket;
  /** The response to the handshake. */
  readonly response: IncomingMessage;
  /** The next text message. */
  next(): Promise<string>;
  send(message: unknown): void;
  /** How the socket closed, as the client sees it. */
  readonly closed: Promise<{ code: number; reason: string }>;
}

/** Connects, or fails with `Error('<status>')` when the handshake is refused. */
export async function connect(url: string, protocols: string[] = [], options: ClientOptions = {}): Promise<Client> {
  const socket = new WebSocket(url, protocols, { perMessageDeflate: false, ...options });
  const arrived: string[] = [];
  const wanted: ((text: string) => void)[] = [];
  socket.on('message', (data) => {
    const taker = wanted.shift();
    if (taker) taker(data.toString());
    else arrived.push(data.toString());
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  const upgraded = once(socket, 'upgrade') as Promise<[IncomingMessage]>;
  await new Promise<void>((resolve, reject) => {
    socket.on('unexpected-response', (_request, response) => {
      response.resume();
      socket.terminate();
      reject(new Error(String(response.statusCode)));
    });
    socket.on('open', resolve);
    socket.on('error', reject);
  });
  const [response] = await upgraded;
  return {
    socket,
    response,
    closed,
    next() {
      const text = arrived.shift();
      return text === undefined ? new Promise((resolve) => wanted.push(resolve)) : Promise.resolve(text);
    },
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
  };
}

/** The HTTP status that a handshake is refused with; 101 if it is not. */
export async function handshakeStatus(url: string, protocols?: string[], options?: ClientOptions): Promise<number> {
  try {
    const { socket } = await connect(url, protocols, options);
    socket.terminate();
    return 101;
  } catch (error) {
    return Number((error as Error).message);
  }
}
