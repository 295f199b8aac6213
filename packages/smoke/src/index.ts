export { type Operation, operations } from './journal.ts';
export { runSmoke, type SmokeOptions, type SmokeResult } from './run-smoke.ts';
export { SmokeError } from './smoke-error.ts';
export { type TemporarySpeaker, type UserPoolClient, withTemporarySpeaker } from './temporary-speaker.ts';
