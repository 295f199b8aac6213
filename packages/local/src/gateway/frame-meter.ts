/** Why the gateway closes a connection for what the client sent. */
export type FrameViolation = 'binary' | 'frameTooLarge' | 'messageTooLarge';

const TEXT = 1;
const BINARY = 2;
const FIRST_CONTROL_OPCODE = 8;

/**
 * Reads the frame headers of a client's byte stream, beside the WebSocket library, which tells only whole messages. So a
 * frame that is too large, or binary, is known by its first bytes and never buffered. Payloads are skipped, not
 * touched: the cost is a few operations a frame.
 * @see RFC 6455, section 5.2
 */
export class FrameMeter {
  /** Data messages begun so far. Once there is a violation: the offending one is the last of them. */
  messages = 0;
  private readonly frameBytes: number;
  private readonly messageBytes: number;
  private phase: 'opcode' | 'length' | 'extendedLength' = 'opcode';
  private extendedLengthBytes = 0;
  private opcode = 0;
  private masked = false;
  private length = 0;
  private messageLength = 0;
  /** Bytes of mask and payload still to come. */
  private toSkip = 0;
  private violated = false;

  constructor({ frameBytes, messageBytes }: { frameBytes: number; messageBytes: number }) {
    this.frameBytes = frameBytes;
    this.messageBytes = messageBytes;
  }

  /** Takes the next bytes. @returns the first violation, once; nothing is read after it */
  read(chunk: Uint8Array): FrameViolation | undefined {
    if (this.violated) return undefined;
    let at = 0;
    while (at < chunk.length) {
      if (this.toSkip > 0) {
        const step = Math.min(this.toSkip, chunk.length - at);
        this.toSkip -= step;
        at += step;
        continue;
      }
      if (!this.readHeaderByte(chunk[at++] ?? 0)) continue;
      const violation = this.check();
      if (violation !== undefined) {
        this.violated = true;
        return violation;
      }
      this.toSkip = this.length + (this.masked ? 4 : 0);
    }
    return undefined;
  }

  /** @returns true when the length of the frame is known */
  private readHeaderByte(byte: number): boolean {
    switch (this.phase) {
      case 'opcode':
        this.opcode = byte & 0x0f;
        this.phase = 'length';
        return false;
      case 'length': {
        const short = byte & 0x7f;
        this.masked = byte >= 0x80;
        this.length = short < 126 ? short : 0;
        this.extendedLengthBytes = short < 126 ? 0 : short === 126 ? 2 : 8;
        break;
      }
      case 'extendedLength':
        this.length = this.length * 256 + byte;
        this.extendedLengthBytes--;
    }
    this.phase = this.extendedLengthBytes > 0 ? 'extendedLength' : 'opcode';
    return this.phase === 'opcode';
  }

  private check(): FrameViolation | undefined {
    if (this.opcode >= FIRST_CONTROL_OPCODE) return undefined;
    if (this.opcode === TEXT || this.opcode === BINARY) {
      this.messages++;
      this.messageLength = 0;
      if (this.opcode === BINARY) return 'binary';
    }
    this.messageLength += this.length;
    if (this.length > this.frameBytes) return 'frameTooLarge';
    if (this.messageLength > this.messageBytes) return 'messageTooLarge';
    return undefined;
  }
}
