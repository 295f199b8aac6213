import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import { DataFolderError } from '../errors.ts';

export type TokenUse = 'access' | 'id';

export interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

/** Cognito signs access and ID tokens with different keys: facts 11.1. */
export type SigningKeys = Readonly<Record<TokenUse, SigningKey>>;

/**
 * Makes the keys, or reads those of an earlier run.
 * @param file where they are kept; absent: nowhere
 * @throws {DataFolderError} the file is there and holds no keys, or cannot be written
 */
export async function loadSigningKeys(file?: string): Promise<SigningKeys> {
  if (file === undefined) return fromPrivateJwks(await generate());
  const text = await readFile(file, 'utf8').catch(() => undefined);
  try {
    if (text !== undefined) return await fromPrivateJwks(JSON.parse(text));
    const jwks = await generate();
    await mkdir(dirname(file), { recursive: true });
    // For this user's eyes only: whoever has the key can speak as anyone.
    await writeFile(file, JSON.stringify(jwks), { mode: 0o600 });
    return await fromPrivateJwks(jwks);
  } catch (error) {
    throw new DataFolderError(`The signing keys in ${file} cannot be used: delete the file to get new ones`, {
      cause: error,
    });
  }
}

const generate = async (): Promise<Record<TokenUse, JWK>> => {
  const [access, id] = await Promise.all([generateJwk(), generateJwk()]);
  return { access, id };
};

const generateJwk = async (): Promise<JWK> =>
  exportJWK((await generateKeyPair('RS256', { modulusLength: 2048, extractable: true })).privateKey);

async function fromPrivateJwks({ access, id }: Record<TokenUse, JWK>): Promise<SigningKeys> {
  return { access: await signingKey(access), id: await signingKey(id) };
}

async function signingKey(jwk: JWK): Promise<SigningKey> {
  const privateKey = await importJWK(jwk, 'RS256');
  if (privateKey instanceof Uint8Array || jwk.n === undefined || jwk.e === undefined) throw new Error('not an RSA key');
  const kid = await calculateJwkThumbprint(jwk);
  return { kid, privateKey, publicJwk: { kty: 'RSA', alg: 'RS256', use: 'sig', kid, n: jwk.n, e: jwk.e } };
}
