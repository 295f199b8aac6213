import { expect } from 'chai';
import { errorCodes, ServiceError, serverMessages } from '../../src/protocol/index.ts';

describe('Error codes', () => {
  it('have the HTTP status of the same refusal at the handshake, and say whether a retry can help', () => {
    const rows = Object.entries(errorCodes).map(([code, { httpStatus, retryable }]) => [code, httpStatus, retryable]);
    expect(rows).to.deep.equal([
      ['INVALID_MESSAGE', 400, false],
      ['INVALID_ACTION', 400, false],
      ['INVALID_PARAMETERS', 400, false],
      ['INVALID_SESSION_ID', 400, false],
      ['INVALID_LANGUAGE', 400, false],
      ['UNSUPPORTED_LANGUAGE', 400, false],
      ['UNAUTHORIZED', 401, false],
      ['TOKEN_EXPIRED', 401, false],
      ['SPEAKER_DENIED', 403, false],
      ['SPEAKER_REPLACED', 403, false],
      ['FORBIDDEN', 403, false],
      ['SESSION_NOT_FOUND', 404, false],
      ['NOT_STARTED', 409, true],
      ['MESSAGE_TOO_LARGE', 413, false],
      ['TOO_MANY_SCHEDULED', 409, false],
      ['SESSION_FULL', 429, true],
      ['ALREADY_IN_SESSION', 400, false],
      ['NOT_IN_SESSION', 400, false],
      ['RATE_LIMIT_EXCEEDED', 429, true],
      ['SERVICE_UNAVAILABLE', 503, true],
      ['INTERNAL_ERROR', 500, true],
    ]);
  });

  it('each have a cause and a remedy, as sentences', () => {
    for (const [code, { cause, remedy }] of Object.entries(errorCodes)) {
      expect(cause, code).to.match(/^[A-Z].+\.$/);
      expect(remedy, code).to.match(/^[A-Z].+\.$/);
    }
  });

  it('are the codes that an error message may have', () => {
    const message = { type: 'error', code: 'SESSION_FULL', message: 'full', timestamp: 1 };
    expect(serverMessages.error.safeParse(message).success).to.equal(true);
    expect(serverMessages.error.safeParse({ ...message, code: 'OTHER' }).success).to.equal(false);
  });
});

describe('ServiceError', () => {
  it('keeps its code, its details, the time to wait and its cause', () => {
    const cause = new Error('below');
    const error = new ServiceError('RATE_LIMIT_EXCEEDED', 'slow down', {
      cause,
      retryAfterSeconds: 7,
      details: [{ problem: 'too fast' }],
    });
    expect(error).to.include({ name: 'ServiceError', code: 'RATE_LIMIT_EXCEEDED', message: 'slow down', cause });
    expect(error.retryAfterSeconds).to.equal(7);
    expect(error.details).to.deep.equal([{ problem: 'too fast' }]);
  });
});

describe('Subprotocols', () => {
  it('are taken from the header in order, without spaces and empty ones', async () => {
    const { offeredSubprotocols } = await import('../../src/protocol/index.ts');
    expect(offeredSubprotocols('session.v1, bearer.a.b.c,, x ')).to.deep.equal(['session.v1', 'bearer.a.b.c', 'x']);
    expect(offeredSubprotocols(undefined)).to.deep.equal([]);
  });
});
