/** The service, or the way to it, did not do as it should. The message is one line that a person can act on. */
export class SmokeError extends Error {
  override readonly name = 'SmokeError';
}

/** What was waited for did not come: whatever is asked next would not be answered either. */
export class NoAnswer extends SmokeError {}
