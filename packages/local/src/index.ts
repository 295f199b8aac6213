export type { Credentials } from './aws/credentials.ts';
export type { AwsCall, DynamoDbUse } from './aws/endpoint.ts';
export { type AwsService, awsServices } from './aws/services.ts';
export { UsageError } from './cli-options.ts';
export type { ScaledClock } from './clock/scaled-clock.ts';
export type { TokenIssuer, TokenRequest } from './cognito/token-issuer.ts';
export { readStackOptions, stackOptions, stackOptionsHelp } from './command-line.ts';
export { awsEnvironment } from './env-file.ts';
export { DataFolderError, LocalRuntimeError, PortInUseError, PortNotAllowedError } from './errors.ts';
export type { EventSourceNews } from './event-sources/event-sources.ts';
export { FaultPlanError } from './faults/errors.ts';
export { parseFaultPlan, readFaultPlan } from './faults/parse-plan.ts';
export type * from './faults/plan.ts';
export { fingerprintOf, type Usage, type UsageRecord } from './iam/usage.ts';
export { type LocalStack, type LocalStackOptions, startLocalStack } from './local-stack.ts';
export type * from './page/feed-event.ts';
export { reportFailure } from './report-failure.ts';
export { type ReadyNotice, type ReadyStack, type RunOptions, runStack } from './run.ts';
export type { ScheduleRun, Scheduler } from './schedule/scheduler.ts';
export {
  ExpressionError,
  StackBundleError,
  StackError,
  StackFileError,
  StackResourceError,
  StackVariableError,
} from './stack/errors.ts';
export type * from './stack/model.ts';
export { readStack } from './stack/read-stack.ts';
