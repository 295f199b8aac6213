import { createHash } from 'node:crypto';

/** What is posted, hashed once for all connections that get it. */
export interface Payload {
  readonly bytes: Uint8Array;
  /** Hexadecimal. */
  readonly sha256: string;
}

export function createPayload(text: string): Payload {
  const bytes = Buffer.from(text);
  return { bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}
