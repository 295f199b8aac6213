import { randomFillSync } from 'node:crypto';

/** A call of the generator costs as much as hundreds of bytes do, and an event needs five small ids. */
const POOL_BYTES = 8192;
const pool = Buffer.allocUnsafeSlow(POOL_BYTES);
let used = POOL_BYTES;

/** Random bytes as text, for ids: from the generator of `node:crypto`, drawn in advance. @param bytes up to 64 */
export function randomText(bytes: number, encoding: 'hex' | 'base64url'): string {
  if (used + bytes > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return pool.toString(encoding, used - bytes, used);
}
