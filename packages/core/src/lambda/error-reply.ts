import { errorCodes, NOT_A_FIELD, type ServerMessageOf, ServiceError } from '../protocol/index.ts';

/** What the client gets for something thrown: our own refusals as they are, everything else as a bare INTERNAL_ERROR. */
export const toServiceError = (error: unknown, errorId: string): ServiceError =>
  error instanceof ServiceError
    ? error
    : new ServiceError('INTERNAL_ERROR', 'The service failed; the error is in its log', {
        cause: error,
        details: [{ problem: `errorId ${errorId}` }],
      });

/** The HTTP status of the same refusal at the handshake. */
export const errorStatus = ({ code }: ServiceError): number => errorCodes[code].httpStatus;

/** The reply to a message that was refused; it carries the message's own `requestId`, where one can be made out. */
export function errorReply(error: ServiceError, body: string | undefined, nowMs: number): ServerMessageOf<'error'> {
  const requestId = requestIdOf(body);
  return {
    type: 'error',
    ...(requestId === undefined ? {} : { requestId }),
    code: error.code,
    message: error.message,
    timestamp: nowMs,
    ...(error.retryAfterSeconds === undefined ? {} : { retryAfter: error.retryAfterSeconds }),
    ...(error.startsAt === undefined ? {} : { startsAt: error.startsAt }),
    ...(error.details.length === 0 ? {} : { details: [...error.details] }),
  };
}

function requestIdOf(body: string | undefined): string | undefined {
  try {
    const { requestId } = JSON.parse(body ?? '') as { requestId?: unknown };
    return typeof requestId === 'string' && requestId.length > 0 && requestId.length <= 64 ? requestId : undefined;
  } catch {
    return undefined;
  }
}

/** The fields that a refusal names, without those that only the client could have named: they could be anything. */
export const fieldsOf = ({ details }: ServiceError): string[] =>
  details.flatMap(({ field, problem }) =>
    field !== undefined && problem !== NOT_A_FIELD && /^[a-zA-Z]{1,32}$/.test(field) ? [field] : [],
  );
