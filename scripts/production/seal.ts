import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;
/** Says what the file is and how it is sealed. It is authenticated with the rest. */
const HEADER = Buffer.from('sessions plan 1\n');

/**
 * Reads the key that plans are sealed with.
 * @param text 32 bytes in base64, as `openssl rand -base64 32` prints them
 * @throws {Error} it is missing or no such key; the message does not show it
 */
export function readPlanKey(text: string | undefined): Buffer {
  const remedy =
    'set it to what `openssl rand -base64 32` prints (in the pipeline: a secret of "prod-plan" and "prod")';
  if (!text) throw new Error(`PLAN_KEY is missing: ${remedy}`);
  const key = Buffer.from(text, 'base64');
  if (key.length !== 32 || key.toString('base64') !== text.trim()) {
    throw new Error(`PLAN_KEY is not 32 bytes in base64: ${remedy}`);
  }
  return key;
}

/** Encrypts and authenticates `content`. */
export function seal(content: Uint8Array, key: Buffer): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, iv, { authTagLength: TAG_BYTES }).setAAD(HEADER);
  const encrypted = Buffer.concat([cipher.update(content), cipher.final()]);
  return Buffer.concat([HEADER, iv, cipher.getAuthTag(), encrypted]);
}

/** Decrypts what `seal` returned. @throws {Error} it is something else, was changed, or was sealed with another key */
export function open(sealed: Buffer, key: Buffer): Buffer {
  const [ivAt, tagAt, start] = [HEADER.length, HEADER.length + IV_BYTES, HEADER.length + IV_BYTES + TAG_BYTES];
  if (sealed.length < start || !sealed.subarray(0, ivAt).equals(HEADER)) {
    throw new Error('it is no plan that `npm run plan:prod` wrote');
  }
  const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(ivAt, tagAt), { authTagLength: TAG_BYTES })
    .setAAD(HEADER)
    .setAuthTag(sealed.subarray(tagAt, start));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(start)), decipher.final()]);
  } catch (error) {
    throw new Error('it was sealed with another PLAN_KEY, or was changed since', { cause: error });
  }
}
