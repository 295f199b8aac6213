/**
 * Makes a name for one running client, by which the service tells two clients of one speaker apart. Not
 * `crypto.randomUUID`: a page has that over TLS or on this machine only, and a local stack may serve a whole network.
 */
export function createClientId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
