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

/** By events, not `for await`: that costs more than all else that is done with a small request here. */
function read(req: IncomingMessage, limitBytes: number): Promise<Body> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    req.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limitBytes) chunks.push(chunk);
      else chunks.length = 0;
    });
    req.on('end', () => {
      if (size > limitBytes) resolve({ kind: 'tooLarge', bytes: size });
      else resolve({ kind: 'complete', bytes: whole(chunks, size) });
    });
    req.on('error', reject);
    req.on('close', () => {
      if (!req.complete) reject(new Error('The client went away before the end of its request'));
    });
  });
}

function whole(chunks: readonly Buffer[], size: number): Buffer {
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, size);
}
