import { LocalRuntimeError } from './errors.ts';

/** The command line was not understood. */
export class UsageError extends LocalRuntimeError {
  override readonly name = 'UsageError';
  readonly code = 'USAGE';
}

/** A `--port`. @throws {UsageError} */
export function parsePort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) {
    throw new UsageError(`--port must be a number from 0 to 65535, not ${JSON.stringify(text)}`);
  }
  return port;
}

/** Every `--var name=value`. @throws {UsageError} */
export function parseVariables(texts: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=');
      if (at < 1) throw new UsageError(`--var wants name=value, not ${JSON.stringify(text)}`);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}
