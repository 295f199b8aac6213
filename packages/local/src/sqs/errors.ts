/** A refusal in SQS's words. */
export class SqsError extends Error {
  override readonly name = 'SqsError';
  /** Of the JSON protocol, e.g. `QueueDoesNotExist`. */
  readonly code: string;
  readonly statusCode: number;

  constructor(code: string, message: string, statusCode = 400) {
    super(message);
    this.code = code;
    this.statusCode = statusCode;
  }
}

/** What the older protocol calls them; clients of the newer one get it beside. */
const queryCodes: Readonly<Record<string, string>> = {
  QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue',
};

export interface SqsAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An error in the form of SQS's JSON protocol. */
export function sqsRefusal({
  code,
  message,
  statusCode,
}: Pick<SqsError, 'code' | 'message' | 'statusCode'>): SqsAnswer {
  const side = statusCode < 500 ? 'Sender' : 'Receiver';
  return {
    statusCode,
    headers: {
      'Content-Type': 'application/x-amz-json-1.0',
      'x-amzn-query-error': `${queryCodes[code] ?? code};${side}`,
    },
    body: JSON.stringify({ __type: `com.amazonaws.sqs#${code}`, message }),
  };
}
