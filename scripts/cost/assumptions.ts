/** What cannot be counted on this machine, and is assumed. Each can be given to `npm run cost` as an option. */
export interface Assumptions {
  /** Of an invocation, without its calls of AWS, milliseconds. */
  readonly invocationMs: number;
  /** One call of AWS, milliseconds. */
  readonly awsCallMs: number;
  /** Of all invocations, 0 to 1. */
  readonly coldStarts: number;
  /** INIT of a cold start, which is billed, milliseconds. */
  readonly initMs: number;
  /** What an invocation of a function takes, milliseconds, in place of the four above. */
  readonly durationMs: Readonly<Record<string, number>>;
  /** How long logs are kept. */
  readonly logDays: number;
}

export const defaultAssumptions: Assumptions = {
  // A warm call of the SDK takes about 1 ms of CPU, and so does the rest of a handler (toolchain facts, section 2);
  // at 512 MB a function has a third of one.
  invocationMs: 5,
  // DynamoDB's "single-digit milliseconds", and a connection that is open.
  awsCallMs: 6,
  // Instances live for minutes and serve hundreds of heartbeats; a room that arrives at once starts dozens.
  coldStarts: 0.01,
  // `npm run bench -- cold-start`: 90 to 300 ms on two busy cores, and a third of one is what 512 MB get.
  initMs: 500,
  durationMs: {},
  logDays: 30,
};

/** START, END and REPORT, which Lambda writes for every invocation, bytes. */
export const PLATFORM_LOG_BYTES = 300;

/** As AWS counts a month. */
export const HOURS_PER_MONTH = 730;
