import type { IncomingMessage } from 'node:http';

export type Body =
  | { readonly kind: 'complete'; readonly bytes: Buffer }
  /** Longer than allowed: read to its end, so that the answer is not lost in a reset, but not kept. */
  | { readonly kind: 'tooLarge'; readonly bytes: number };

const bodies = new WeakMap<IncomingMessage, Promise<Body>>();

/**
 * Reads the whole body of a request. May be called again for the same request, with a limit that is not higher: who
 * checks the signature needs the body before who answers.
 * @param limitBytes keeps no more than this in memory
 * @throws when the client goes away before the end
 */
export async function readBody(req: IncomingMessage, limitBytes: number): Promise<Body> {
  const reading = bodies.get(req) ?? read(req, limitBytes);
  bodies.set(req, reading);
  const body = await reading;
  const isTooLong = body.kind === 'complete' && body.bytes.length > limitBytes;
  return isTooLong ? { kind: 'tooLarge', bytes: body.bytes.length } : body;
}

async function read(req: IncomingMessage, limitBytes: number): Promise<Body> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= limitBytes) chunks.push(chunk);
    else chunks.length = 0;
  }
  if (size > limitBytes) return { kind: 'tooLarge', bytes: size };
  const [only] = chunks;
  return { kind: 'complete', bytes: chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, size) };
}
