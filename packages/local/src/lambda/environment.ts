import { devNull } from 'node:os';
import type { LambdaFunction } from '../stack/model.ts';

/** What an instance of a function is told about itself. */
export interface InstanceIdentity {
  /** Unique within the runtime, e.g. `echo#2`. */
  readonly instanceId: string;
  readonly taskRoot: string;
  readonly logGroupName: string;
  readonly logStreamName: string;
}

/**
 * The environment of one instance: nothing of this process's own, so that a function sees what it would see in
 * Lambda. The function's variables come next, then what the assembler adds (credentials, region, endpoints), and
 * last the names that Lambda reserves.
 * @see "Defined runtime environment variables", AWS Lambda Developer Guide
 */
export function environmentOf(
  { name, handler, memoryMb, runtime, environment }: LambdaFunction,
  { taskRoot, logGroupName, logStreamName }: InstanceIdentity,
  added: Readonly<Record<string, string>>,
): Record<string, string> {
  return {
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    PATH: '/usr/local/bin:/usr/bin/:/bin:/opt/bin',
    // Lambda has no home folder: without these, an SDK in the function would read the developer's own profiles.
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    ...environment,
    ...added,
    AWS_EXECUTION_ENV: `AWS_Lambda_${runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    AWS_LAMBDA_LOG_GROUP_NAME: logGroupName,
    AWS_LAMBDA_LOG_STREAM_NAME: logStreamName,
    LAMBDA_TASK_ROOT: taskRoot,
    _HANDLER: handler,
  };
}
