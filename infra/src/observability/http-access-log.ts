/**
 * What a line of the HTTP API's access log holds, by field: variables of API Gateway. None can hold a path (it has the
 * session's ID), the query string, a header, a body, a token, an address or who called; who published what size where
 * stands in the publisher's own line, by `requestId`.
 *
 * The authorizer's error is not among them: AWS does not say what of a token it quotes. A token that is refused shows as
 * `status` 401.
 * @see Amazon API Gateway, "Customize HTTP API access logs"
 */
export const httpAccessLogFields = {
  requestId: '$context.requestId', // AWS demands it
  requestTimeMs: '$context.requestTimeEpoch',
  routeKey: '$context.routeKey',
  status: '$context.status',
  // The kind of API Gateway's own error. Its message is left out: it may quote what was sent.
  errorType: '$context.error.responseType',
  integrationStatus: '$context.integrationStatus',
  integrationError: '$context.integration.error',
  integrationLatencyMs: '$context.integrationLatency',
  responseLatencyMs: '$context.responseLatency',
  responseBytes: '$context.responseLength',
} as const;
