import { type Answer, type Asked, ask, askSigned } from '../gateway/http/ask.ts';
import { httpTarget } from './targets.ts';

/** Asks the fixture's HTTP API. */
export async function askHttp(path: string, asked: Asked = {}): Promise<Answer> {
  return ask((await httpTarget()).url, path, asked);
}

/** The same, signed by the credentials of whoever runs the suite. */
export async function askHttpSigned(path: string, asked: Asked & { readonly region?: string } = {}): Promise<Answer> {
  const { url, region, credentials } = await httpTarget();
  return askSigned(url, path, credentials, { region, ...asked });
}

/** Has the function return this. */
export const returning = (result: unknown): Asked => ({ headers: { 'x-return': JSON.stringify(result) } });
