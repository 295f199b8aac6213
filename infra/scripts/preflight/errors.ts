/** An answer, or why there is none. */
export type Known<T> = { readonly value: T } | { readonly unknown: string };

/** Asks for one thing. @returns without permission, the reason: the rest can still be known */
export async function orUnknown<T>(permission: string, ask: () => Promise<T>): Promise<Known<T>> {
  try {
    return { value: await ask() };
  } catch (error) {
    if (isDenied(error)) return { unknown: `not known, needs ${permission}` };
    return { unknown: `not known: ${messageOf(error)}` };
  }
}

export const isMissing = (error: unknown): boolean =>
  ['NoSuchResourceException', 'ResourceNotFoundException', 'NotFoundException'].includes(nameOf(error));

/** Says in one line why AWS cannot be asked at all. */
export function explain(error: unknown, region: string): string {
  const name = nameOf(error);
  if (name === 'CredentialsProviderError') {
    return 'there are no credentials for AWS: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY';
  }
  if (/^Expired|TokenRefreshRequired/.test(name)) return 'the credentials for AWS have expired: sign in again';
  if (/InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidSignature/.test(name)) {
    return `AWS refuses the credentials (${name}): a wrong key, or the Region ${region} is not switched on in the account`;
  }
  if (isDenied(error)) return `AWS refuses the credentials: ${messageOf(error)}`;
  return `AWS cannot be reached in ${region}: ${messageOf(error)} (is aws_region right, and is there a network?)`;
}

const isDenied = (error: unknown): boolean => /AccessDenied|NotAuthorized|UnauthorizedOperation/.test(nameOf(error));

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '');

/** A failed connection has its reason in its code, sometimes without a message. */
function messageOf(error: unknown): string {
  const { message, code } = error as { message?: string; code?: string };
  return message || code || String(error);
}
