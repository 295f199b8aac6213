import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group/index.js';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role/index.js';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy/index.js';
import { LambdaFunction as AwsLambdaFunction } from '@cdktf/provider-aws/lib/lambda-function/index.js';
import { LambdaFunctionEventInvokeConfig } from '@cdktf/provider-aws/lib/lambda-function-event-invoke-config/index.js';
import { AssetType, TerraformAsset, TerraformCount, Token } from 'cdktf';
import { Construct } from 'constructs';
import type { FailureQueue } from './failure-queue.ts';
import { KmsAccess, kmsKeyArn } from './kms-access.ts';
import { replacedWith } from './lifecycles.ts';
import { permissionsBoundary } from './permissions-boundary.ts';
import { refuseOutside } from './refuse-outside.ts';

/** What a role allows. There is no way to deny: a role starts with nothing. */
export interface Permission {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
}

/** How Lambda treats an event that nobody waits for. */
export interface AsyncInvoke {
  /** Attempts after the first, 0 to 2. */
  readonly maximumRetries: number;
  /** How old an event may get before it is dropped, 60 to 21,600. */
  readonly maximumAgeSeconds: number;
  /** Gets an event that failed for good, with what it failed with. Absent: it is dropped. */
  readonly failures?: FailureQueue;
}

export interface LambdaFunctionProps {
  readonly name: string;
  /** Absolute path of the zip that `scripts/build.ts` makes. */
  readonly bundleFile: string;
  /** e.g. `nodejs22.x`; may be a Terraform expression. */
  readonly runtime: string;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  readonly environment: Readonly<Record<string, string>>;
  /** Beyond writing its own log; the function's ARN is handed in for a function that invokes itself. */
  readonly permissions: (functionArn: string) => readonly Permission[];
  /** Days; a Terraform expression. */
  readonly logRetentionDays: string;
  /** Instances, -1 for no reservation; a Terraform expression. Absent: no reservation. */
  readonly reservedConcurrency?: string;
  /** Whether it needs the key of the tables, or of the queues. */
  readonly usesTables?: boolean;
  readonly sendsToQueues?: boolean;
  /** Absent: Lambda's own, 2 retries and 6 hours. */
  readonly asyncInvoke?: AsyncInvoke;
}

/** A function with all that is its own: role, policy, log group, and what becomes of its asynchronous events. */
export class LambdaFunction extends Construct {
  readonly timeoutSeconds: number;
  readonly function: AwsLambdaFunction;
  /** Whoever lets events in waits for it: the function itself cannot, since its policy may name the function. */
  readonly policy: IamRolePolicy;
  readonly encryption: KmsAccess;

  constructor(scope: Construct, id: string, props: LambdaFunctionProps) {
    super(scope, id);
    this.refuseMisuse(props);
    this.timeoutSeconds = props.timeoutSeconds;

    const bundle = new TerraformAsset(this, 'bundle', { path: props.bundleFile, type: AssetType.FILE });
    const logGroup = new CloudwatchLogGroup(this, 'log', {
      name: `/aws/lambda/${props.name}`,
      retentionInDays: Token.asNumber(props.logRetentionDays),
      kmsKeyId: kmsKeyArn,
    });
    const role = new IamRole(this, 'role', {
      name: props.name,
      assumeRolePolicy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: ['sts:AssumeRole'], Principal: { Service: 'lambda.amazonaws.com' } }],
      }),
      permissionsBoundary,
    });
    this.function = new AwsLambdaFunction(this, 'function', {
      functionName: props.name,
      architectures: ['arm64'],
      runtime: props.runtime,
      handler: 'index.handler',
      filename: bundle.path,
      sourceCodeHash: createHash('sha256').update(readFileSync(props.bundleFile)).digest('base64'),
      memorySize: props.memoryMb,
      timeout: props.timeoutSeconds,
      role: role.arn,
      environment: { variables: { ...props.environment } },
      kmsKeyArn,
      ...(props.reservedConcurrency !== undefined && {
        reservedConcurrentExecutions: Token.asNumber(props.reservedConcurrency),
      }),
      tracingConfig: { mode: `\${var.tracing ? "Active" : "PassThrough"}` },
      // Otherwise Lambda makes the log group itself, without retention, when a first event is faster.
      dependsOn: [logGroup],
      // A new role of the same name has the same ARN, but is another role to KMS: the function could not decrypt its
      // environment any more.
      lifecycle: replacedWith(role),
    });

    const writesItsLog: Permission = {
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [`${logGroup.arn}:*`], // the streams of this one group; Lambda names them
    };
    this.policy = new IamRolePolicy(this, 'policy', {
      name: props.name,
      role: role.id,
      policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [writesItsLog, ...props.permissions(this.function.arn)].map(({ actions, resources }) => ({
          Effect: 'Allow',
          Action: actions,
          Resource: resources,
        })),
      }),
    });

    // Only with tracing on, and apart, so that it goes when tracing goes.
    new IamRolePolicy(this, 'tracing', {
      count: TerraformCount.of(Token.asNumber(`\${var.tracing ? 1 : 0}`)),
      name: `${props.name}-tracing`,
      role: role.id,
      policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          // X-Ray has no resources to name here.
          { Effect: 'Allow', Action: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], Resource: ['*'] },
        ],
      }),
    });

    this.encryption = new KmsAccess(this, 'encryption', {
      name: props.name,
      roleName: role.id,
      usesTables: props.usesTables ?? false,
      sendsToQueues: props.sendsToQueues ?? false,
    });

    if (props.asyncInvoke) {
      const { failures } = props.asyncInvoke;
      new LambdaFunctionEventInvokeConfig(this, 'async-invoke', {
        functionName: this.function.functionName,
        maximumRetryAttempts: props.asyncInvoke.maximumRetries,
        maximumEventAgeInSeconds: props.asyncInvoke.maximumAgeSeconds,
        ...(failures && {
          destinationConfig: { onFailure: { destination: failures.arn } },
          // Lambda refuses a queue that the role may not send to.
          dependsOn: [this.policy, this.encryption.policy],
        }),
        lifecycle: replacedWith(this.function),
      });
    }
  }

  private refuseMisuse({ name, bundleFile, memoryMb, timeoutSeconds, asyncInvoke }: LambdaFunctionProps): void {
    const { path } = this.node;
    if (!existsSync(bundleFile)) throw new Error(`${path}: ${bundleFile} is missing: run \`npm run build\``);
    if (!/^[\w-]{1,64}$/.test(name)) {
      throw new Error(`${path}: the name "${name}" must be 1 to 64 letters, digits, - and _`);
    }
    refuseOutside(path, 'memoryMb', memoryMb, 128, 10_240);
    refuseOutside(path, 'timeoutSeconds', timeoutSeconds, 1, 900);
    if (asyncInvoke) {
      refuseOutside(path, 'asyncInvoke.maximumRetries', asyncInvoke.maximumRetries, 0, 2);
      refuseOutside(path, 'asyncInvoke.maximumAgeSeconds', asyncInvoke.maximumAgeSeconds, 60, 21_600);
    }
  }
}
