/** The messages of API Gateway's own error frames. `Too Many Requests` is UNCONFIRMED. @see facts page, section 4 */
export type ErrorFrameMessage =
  | 'Forbidden'
  | 'Internal server error'
  | 'Endpoint request timed out'
  | 'Too Many Requests';

/** An error frame to the letter: one space after the first colon and after each comma, and no other. */
export function errorFrame(message: ErrorFrameMessage, connectionId: string, requestId: string): string {
  return `{"message": "${message}", "connectionId":"${connectionId}", "requestId":"${requestId}"}`;
}
