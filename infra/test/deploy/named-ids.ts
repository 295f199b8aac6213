/**
 * The value with each id replaced by what it is the id of: ids differ from one deployment to the next, and all else has
 * to be equal. What is undefined is left out.
 */
export function withNamedIds<T>(value: T, ids: Readonly<Record<string, string | undefined>>): T {
  let text = JSON.stringify(value);
  for (const [name, id] of Object.entries(ids)) {
    if (id) text = text.replaceAll(new RegExp(`(?<![0-9A-Za-z])${id}(?![0-9A-Za-z])`, 'g'), `<${name}>`);
  }
  return JSON.parse(text);
}

/** The id of the JWT authorizer of an HTTP API's routes. */
export const jwtAuthorizerOf = (routes: Readonly<Record<string, unknown>>): string | undefined =>
  Object.values(routes as Record<string, { authorization?: { authorizerId?: string } }>).find(
    ({ authorization }) => authorization?.authorizerId !== undefined,
  )?.authorization?.authorizerId;

/** What differs from one deployment of a stack to the next, by its outputs and a function's environment. */
export const idsOf = (
  outputs: Readonly<Record<string, unknown>>,
  { environment }: { readonly environment: Readonly<Record<string, string>> } | undefined = { environment: {} },
): Record<string, string | undefined> => ({
  'session-changes': String(outputs.session_changes_mapping_id),
  'place-changes': String(outputs.place_changes_mapping_id),
  stream: String(outputs.sessions_stream_arn).split('/stream/')[1],
  'HTTP API': String(outputs.http_api_id),
  'url of changes-failed': String(outputs.changes_failed_queue_url),
  'url of deliveries-failed': String(outputs.deliveries_failed_queue_url),
  'HMAC key': environment.HMAC_KEY,
});
