/** The codes with which the clients of a schedule close: see `core/sessions/close-codes.ts` for what each means. */
export const CLOSE_CODES = { goodbye: 1000, goingAway: 1001, noCode: 1005, lost: 1006 } as const;

/** With 1000, what API Gateway says of a socket that the service has closed. */
export const CLOSED_BY_SERVICE = 'Connection Closed Normally';
