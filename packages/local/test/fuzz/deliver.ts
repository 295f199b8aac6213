import { connect, type Socket } from 'node:net';
import type { Facts } from './facts.ts';
import type { Input } from './inputs.ts';

/** An input may have no answer (half a request): then the client gives up. Decides how fast it goes, and no result. */
const PATIENCE_MS = 40;
/** After the client's FIN, the server is to close as well; after that the client resets. */
const CLOSE_PATIENCE_MS = 500;
/** Frames that one WebSocket is used for, if it lives so long. */
const MAX_INPUTS = 16;

/** Writes requests on a connection of their own. Resolves when it is closed; never rejects. */
export async function deliverRequests(port: number, { pieces, ending }: Input): Promise<void> {
  const socket = open(port);
  for (const piece of pieces) {
    socket.write(piece);
    if (pieces.length > 1) await turn();
  }
  if (ending === 'halfClose') socket.end();
  else {
    await signOf(socket, ['data', 'close'], PATIENCE_MS);
    if (ending === 'reset') socket.resetAndDestroy();
    else socket.end();
  }
  await signOf(socket, ['close'], CLOSE_PATIENCE_MS);
  socket.destroy();
}

/** Writes frames over one WebSocket after the other. */
export class FrameWriter {
  readonly #port: number;
  readonly #facts: Facts;
  #socket: Socket | undefined;
  #inputs = 0;

  constructor(port: number, facts: Facts) {
    this.#port = port;
    this.#facts = facts;
  }

  /** Resolves with something that comes back, or when the connection ends; never rejects. */
  async deliver({ pieces, ending }: Input): Promise<void> {
    const socket = await this.#open();
    for (const piece of pieces) {
      socket.write(piece);
      if (pieces.length > 1) await turn();
    }
    await signOf(socket, ['data', 'close'], PATIENCE_MS);
    if (++this.#inputs < MAX_INPUTS && !socket.destroyed && socket.writable) return;
    this.#socket = undefined;
    if (ending === 'reset') socket.resetAndDestroy();
    else socket.destroy();
  }

  stop(): void {
    this.#socket?.destroy();
  }

  async #open(): Promise<Socket> {
    if (this.#socket && !this.#socket.destroyed && this.#socket.writable) return this.#socket;
    const { host, stage, protocols } = this.#facts;
    const socket = open(this.#port);
    const protocol = protocols.length > 0 ? `Sec-WebSocket-Protocol: ${protocols.join(', ')}\r\n` : '';
    const upgrade = `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n${protocol}`;
    const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
    socket.write(`GET /${stage} HTTP/1.1\r\nHost: ${host}\r\n${upgrade}${key}\r\n\r\n`);
    await signOf(socket, ['data', 'close'], CLOSE_PATIENCE_MS);
    this.#socket = socket;
    this.#inputs = 0;
    return socket;
  }
}

function open(port: number): Socket {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.on('error', () => {}); // refused, reset: the server may do that to such clients
  socket.resume();
  return socket;
}

/** Resolves with the first of the events, when the socket is closed already, or after a time. */
function signOf(socket: Socket, events: readonly ('data' | 'close')[], patienceMs: number): Promise<void> {
  if (socket.closed) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      for (const event of events) socket.off(event, done);
      resolve();
    };
    const timer = setTimeout(done, patienceMs);
    for (const event of events) socket.on(event, done);
  });
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
