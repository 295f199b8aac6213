import { resolve } from 'node:path';
import { type ErrorCodeInfo, errorCodes } from '../packages/core/src/protocol/index.ts';

export const errorCodesPage = resolve(import.meta.dirname, '../docs/error-codes.md');
export const costsPage = resolve(import.meta.dirname, '../docs/costs.md');

/** The table of error codes, in Markdown. */
export function renderErrorCodes(codes: Readonly<Record<string, ErrorCodeInfo>> = errorCodes): string {
  const rows = Object.entries(codes).map(
    ([code, { httpStatus, retryable, cause, remedy }]) =>
      `| \`${code}\` | ${httpStatus} | ${retryable ? 'yes' : 'no'} | ${cause} | ${remedy} |`,
  );
  return `# Error codes

Made from \`packages/core/src/protocol/errors.ts\` by \`npm run generate\`.

The status is what the same refusal is at the handshake. "Again" says whether the same message can succeed later
without anything else changing; wait \`retryAfter\` seconds if it is given.

| Code | Status | Again | Cause | What to do |
|---|---|---|---|---|
${rows.join('\n')}
`;
}
