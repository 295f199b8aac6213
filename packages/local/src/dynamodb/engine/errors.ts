const API_NAMESPACE = 'com.amazonaws.dynamodb.v20120810';

/** Where each code stands in the namespaces of DynamoDB's JSON protocol; absent: the API's own. */
const namespaces: Readonly<Record<string, string>> = {
  ValidationException: 'com.amazon.coral.validate',
  SerializationException: 'com.amazon.coral.service',
  UnknownOperationException: 'com.amazon.coral.service',
  InternalServerError: 'com.amazon.coral.service',
  ServiceUnavailable: 'com.amazon.coral.service',
  // Of what is in front of DynamoDB, and asks who calls.
  AccessDeniedException: 'com.amazon.coral.service',
  InvalidSignatureException: 'com.amazon.coral.service',
  MissingAuthenticationTokenException: 'com.amazon.coral.service',
  UnrecognizedClientException: 'com.amazon.coral.service',
};

/** A refusal in DynamoDB's words: what a client gets as the answer to its call. */
export class DynamoDbError extends Error {
  override readonly name = 'DynamoDbError';
  /** e.g. `ConditionalCheckFailedException` */
  readonly code: string;
  readonly statusCode: number;
  /** Beside the message, e.g. `Item`, `CancellationReasons`. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    message: string,
    { details = {}, statusCode = 400 }: { details?: Readonly<Record<string, unknown>>; statusCode?: number } = {},
  ) {
    super(message);
    this.code = code;
    this.statusCode = statusCode;
    this.details = details;
  }

  /** Returns the body of the answer. */
  toJSON(): Record<string, unknown> {
    return { __type: `${namespaces[this.code] ?? API_NAMESPACE}#${this.code}`, message: this.message, ...this.details };
  }
}

export const validationError = (message: string): DynamoDbError => new DynamoDbError('ValidationException', message);

/** A value of a parameter that no request can have, as the protocol's own checks say it. */
export const invalidParameters = (message: string): DynamoDbError =>
  validationError(`One or more parameter values were invalid: ${message}`);

export const conditionFailed = (item?: object): DynamoDbError =>
  new DynamoDbError('ConditionalCheckFailedException', 'The conditional request failed', {
    details: item === undefined ? {} : { Item: item },
  });

export const tableNotFound = (message = 'Requested resource not found'): DynamoDbError =>
  new DynamoDbError('ResourceNotFoundException', message);
