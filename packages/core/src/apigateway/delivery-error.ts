/** A call to `@connections` that was refused, or that got no answer. Its name says which, and is what gets logged. */
export class DeliveryError extends Error {
  /** `undefined`: no answer came. */
  readonly statusCode: number | undefined;

  constructor(name: string, message: string, { statusCode, cause }: { statusCode?: number; cause?: unknown } = {}) {
    super(message, { cause });
    this.name = name;
    this.statusCode = statusCode;
  }

  /** Throttling, a fault of the service, or a lost connection. Any other refusal would be the same the next time. */
  get isRetryable(): boolean {
    return this.statusCode === undefined || this.statusCode === 429 || this.statusCode >= 500;
  }
}
