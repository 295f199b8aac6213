/**
 * Makes a name that no other client makes: of one running client, by which the service tells two clients of one speaker
 * apart, or of a message that it publishes. Not
 * `crypto.randomUUID`: a page has that over TLS or on this machine only, and a local stack may serve a whole network.
 */
export function createUniqueId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
