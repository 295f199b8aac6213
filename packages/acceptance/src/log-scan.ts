/**
 * Every line that any function logs in any test, and everything that must not be in one. The tests' root hook
 * (`root-hook.ts`) compares the two when all tests of the process are done.
 */
const lines: string[] = [];
const secrets = new Map<string, string>();

export function recordLog(line: string): void {
  lines.push(line);
}

/** @param kind what it is, for the report; the secret itself is not shown */
export function addSecret(kind: string, secret: string): void {
  secrets.set(secret, kind);
}

export interface Leak {
  readonly kind: string;
  readonly line: string;
}

/** The lines with a secret in them. */
export function findLeaks(): { leaks: Leak[]; lines: number; secrets: number } {
  const all = [...secrets];
  const leaks = lines.flatMap((line) =>
    all.filter(([secret]) => line.includes(secret)).map(([, kind]) => ({ kind, line: line.slice(0, 2000) })),
  );
  return { leaks, lines: lines.length, secrets: secrets.size };
}
