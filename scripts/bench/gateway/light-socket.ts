import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

const TEXT = 0x81; // final frame, opcode 1
const OPCODE_TEXT = 1;
const OPCODE_CLOSE = 8;

/** A text message as one client frame, made once and sent often. @param text at most 65,535 bytes */
export function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  if (payload.length > 0xffff) throw new RangeError(`A message of ${payload.length} bytes is too long for one frame`);
  const length = payload.length < 126 ? [0x80 | payload.length] : [0xfe, payload.length >> 8, payload.length & 0xff];
  // A mask of zeros is a mask: it costs the server what any other does, and us nothing.
  return Buffer.concat([Buffer.from([TEXT, ...length, 0, 0, 0, 0]), payload]);
}

/**
 * The least of a WebSocket client: what drives a server must cost less than the server. Reads unfragmented text
 * frames; control frames other than close are passed over.
 */
export class LightSocket {
  /** Called with the payload of each text message; valid only during the call. */
  onText: (payload: Buffer) => void = () => {};
  onClose: () => void = () => {};
  readonly #socket: Socket;
  #rest: Buffer | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** @throws {Error} the handshake was refused; the message holds the status line */
  static open(url: string, protocols: readonly string[] = []): Promise<LightSocket> {
    const { hostname, port, host, pathname, search } = new URL(url);
    return new Promise((resolve, reject) => {
      const socket = connect({ host: hostname, port: Number(port), noDelay: true });
      socket.on('error', reject);
      socket.on('close', () => reject(new Error('The connection was closed during the handshake')));
      socket.write(
        `GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n` +
          `${protocols.length > 0 ? `Sec-WebSocket-Protocol: ${protocols.join(', ')}\r\n` : ''}\r\n`,
      );
      let head: Buffer = Buffer.alloc(0);
      const receive = (chunk: Buffer) => {
        head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
        const end = head.indexOf('\r\n\r\n');
        if (end < 0) return;
        socket.off('data', receive);
        const status = head.subarray(0, head.indexOf('\r\n')).toString();
        if (!status.startsWith('HTTP/1.1 101')) {
          socket.destroy();
          reject(new Error(status));
          return;
        }
        const opened = new LightSocket(socket);
        socket.on('data', (data: Buffer) => opened.#read(data));
        socket.on('close', () => opened.onClose());
        resolve(opened);
        if (end + 4 < head.length) opened.#read(head.subarray(end + 4));
      };
      socket.on('data', receive);
    });
  }

  /** @param frame of {@link textFrame} */
  send(frame: Buffer): void {
    this.#socket.write(frame);
  }

  /** Cuts the connection; `onClose` follows. */
  cut(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    let data = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk;
    this.#rest = undefined;
    while (data.length > 0) {
      const short = data.length < 2 ? 0 : data.readUInt8(1) & 0x7f;
      const headerBytes = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (data.length < headerBytes) break;
      const length =
        short < 126
          ? short
          : short === 126
            ? data.readUInt16BE(2)
            : data.readUInt32BE(2) * 2 ** 32 + data.readUInt32BE(6);
      if (data.length < headerBytes + length) break;
      const opcode = data.readUInt8(0) & 0x0f;
      if (opcode === OPCODE_TEXT) this.onText(data.subarray(headerBytes, headerBytes + length));
      if (opcode === OPCODE_CLOSE) this.cut();
      data = data.subarray(headerBytes + length);
    }
    if (data.length > 0) this.#rest = data;
  }
}
