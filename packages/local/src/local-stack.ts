import type { Server } from 'node:http';
import type { Credentials } from './aws/credentials.ts';
import { createCredentialStore } from './aws/credentials.ts';
import { type AwsCall, AwsEndpoint, type AwsEndpointOptions } from './aws/endpoint.ts';
import { functionEnvironment } from './aws/function-environment.ts';
import type { AwsService } from './aws/services.ts';
import { type Clock, systemClock } from './clock.ts';
import { loadSigningKeys } from './cognito/signing-keys.ts';
import { createTokenIssuer, type TokenIssuer } from './cognito/token-issuer.ts';
import { claimDataFolder } from './data-folder.ts';
import { startDynamoDb } from './dynamodb/dynamodb.ts';
import { createTables } from './dynamodb/tables.ts';
import { startTtlSweeper, type TtlSweeper } from './dynamodb/ttl-sweeper.ts';
import { createGateway, type Gateway } from './gateway/gateway.ts';
import type { GatewayLimits, GatewayObservers } from './gateway/options.ts';
import { closeServer, listen } from './http-server.ts';
import { createLambdaApi } from './lambda/http-api.ts';
import { createLambdaRuntime, type LambdaRuntime, type LambdaRuntimeOptions } from './lambda/runtime.ts';
import { type ScheduleRun, type Scheduler, startScheduler } from './schedule/scheduler.ts';
import { Shutdown } from './shutdown.ts';
import { StackResourceError } from './stack/errors.ts';
import type { Stack } from './stack/model.ts';
import { readStack } from './stack/read-stack.ts';
import { readVariableFile } from './stack/variable-files.ts';

/** Often enough for a person to see it happen; real DynamoDB takes up to two days. */
const DEFAULT_TTL_SWEEP_INTERVAL_MS = 5000;

export interface LocalStackOptions {
  /** The synthesized `cdk.tf.json`. */
  readonly stackFile: string;
  /** Terraform variables; these win over the files. */
  readonly variables?: Readonly<Record<string, unknown>>;
  /** `.tfvars` or `.json`; a later one wins over an earlier one. */
  readonly variableFiles?: readonly string[];
  /** Default 0: any free one. */
  readonly port?: number;
  /** Where tables and signing keys are kept. Absent: in memory. */
  readonly dataFolder?: string;
  /** Of the gateway; default: those of AWS. */
  readonly limits?: Partial<GatewayLimits>;
  /** Between two removals of expired items, milliseconds. Default 5,000. */
  readonly ttlSweepIntervalMs?: number;
  /** `manual`: schedules run only by `schedules.run()`. Default `timer`. */
  readonly schedules?: 'timer' | 'manual';
  /** For a stack whose user pool is elsewhere: whose tokens to issue by default. */
  readonly defaultUserPoolId?: string;
  readonly defaultClientId?: string;
  readonly clock?: Clock;
  /** IAM for every call of a function. Default: everything is allowed. */
  readonly authorize?: AwsEndpointOptions['authorize'];
  /** Handed on to the Lambda runtime. */
  readonly lambda?: Pick<LambdaRuntimeOptions, 'authorizeInvoke' | 'maxInstancesPerFunction' | 'asyncRetryDelaysMs'>;
  /** Handed on to the gateway, beside its observers. */
  readonly gateway?: GatewayObservers & Pick<Parameters<typeof createGateway>[0], 'deliverDisconnect' | 'sourceIpOf'>;
  readonly onLog?: LambdaRuntimeOptions['onLog'];
  readonly onInvocation?: LambdaRuntimeOptions['onInvocation'];
  readonly onAsyncDropped?: LambdaRuntimeOptions['onAsyncDropped'];
  readonly onAwsCall?: (call: AwsCall) => void;
  readonly onSchedule?: (run: ScheduleRun) => void;
  /** The runtime's own failures, such as a TTL sweep that did not work. Default: printed. */
  readonly onError?: (error: unknown) => void;
}

/** A stack that runs on this machine. */
export interface LocalStack {
  /** `ws://127.0.0.1:<port>/<stage>` */
  readonly webSocketUrl: string;
  /** `http://127.0.0.1:<port>`: DynamoDB, Lambda and Cognito's public documents. */
  readonly endpoint: string;
  readonly stack: Stack;
  readonly tokens: TokenIssuer;
  readonly schedules: Scheduler;
  readonly gateway: Gateway;
  readonly lambda: LambdaRuntime;
  readonly ttl: TtlSweeper;
  /** For tools and tests that call the endpoint themselves; may do everything. */
  readonly credentials: Credentials;
  /** Until restored, every connection that asks for the service is reset. WebSockets stay open. */
  interrupt(service: AwsService): void;
  restore(service: AwsService): void;
  /** Cuts what is open and waits for nothing but the ends. May be called twice. */
  stop(): Promise<void>;
}

/**
 * Starts a synthesized stack: its API, functions, tables, schedules, and tokens for its user pool.
 * @throws {LocalRuntimeError} one line that names the place and the remedy; nothing keeps running then
 */
export async function startLocalStack(options: LocalStackOptions): Promise<LocalStack> {
  const shutdown = new Shutdown();
  try {
    return await assemble(options, shutdown);
  } catch (error) {
    await shutdown.run();
    throw error;
  }
}

async function assemble(options: LocalStackOptions, shutdown: Shutdown): Promise<LocalStack> {
  const { clock = systemClock, onError = console.error } = options;

  const data = options.dataFolder === undefined ? undefined : await claimDataFolder(options.dataFolder);
  if (data) shutdown.add(() => data.release());
  // Independent of the stack: they are made while it is read.
  const dynamoDb = startDynamoDb(data?.dynamoDb);
  shutdown.add(() => dynamoDb.stop());
  const keys = loadSigningKeys(data?.signingKeys);
  keys.catch(() => {}); // thrown below, unless something else fails first

  // The port comes first: the stack's expressions contain the API's address.
  const { server, port } = await listen(options.port ?? 0);
  shutdown.add(() => closeServer(server));
  const endpoint = `http://127.0.0.1:${port}`;

  const stack = await readStack(options.stackFile, {
    variables: await variablesOf(options),
    apiEndpoint: () => `ws://127.0.0.1:${port}`,
  });
  const { api, stage } = onlyApi(stack);
  const { region, accountId } = stack;
  await createTables(dynamoDb, stack.tables);

  const credentials = createCredentialStore();
  const tokens = createTokenIssuer({ ...options, keys: await keys, region, userPools: stack.userPools, clock });

  const lambda = createLambdaRuntime({
    ...options.lambda,
    functions: stack.functions,
    clock,
    environmentFor: (fn) => functionEnvironment(credentials.ofFunction(fn), { region, endpoint }),
    ...(options.onLog && { onLog: options.onLog }),
    ...(options.onInvocation && { onInvocation: options.onInvocation }),
    ...(options.onAsyncDropped && { onAsyncDropped: options.onAsyncDropped }),
  });
  shutdown.add(() => lambda.stop());
  await lambda.start();

  const gateway = createGateway({
    ...options.gateway,
    ...(options.limits && { limits: options.limits }),
    api,
    invoker: lambda,
    region,
    accountId,
    clock,
  });
  shutdown.add(() => gateway.stop());

  const aws = new AwsEndpoint({
    stack,
    credentials,
    dynamoDb,
    tokens,
    clock,
    handleLambda: createLambdaApi(lambda),
    handleGateway: (req, res) => gateway.handleRequest(req, res),
    ...(options.authorize && { authorize: options.authorize }),
    ...(options.onAwsCall && { onCall: options.onAwsCall }),
  });
  serve(server, aws, gateway);

  const ttl = startTtlSweeper({
    dynamoDb,
    tables: stack.tables,
    clock,
    intervalMs: options.ttlSweepIntervalMs ?? DEFAULT_TTL_SWEEP_INTERVAL_MS,
    onError,
  });
  shutdown.add(() => ttl.stop());
  const schedules = startScheduler({
    schedules: stack.schedules,
    invoker: lambda,
    accountId,
    region,
    clock,
    mode: options.schedules ?? 'timer',
    ...(options.onSchedule && { onRun: options.onSchedule }),
  });
  shutdown.add(() => schedules.stop());

  return {
    webSocketUrl: `ws://127.0.0.1:${port}/${stage}`,
    endpoint,
    stack,
    tokens,
    schedules,
    gateway,
    lambda,
    ttl,
    credentials: credentials.operator,
    interrupt: (service) => aws.interruptions.interrupt(service),
    restore: (service) => aws.interruptions.restore(service),
    stop: () => shutdown.run(),
  };
}

async function variablesOf({ variables, variableFiles = [] }: LocalStackOptions): Promise<Record<string, unknown>> {
  const files = await Promise.all(variableFiles.map(readVariableFile));
  return Object.assign({}, ...files, variables);
}

/** One port serves one API. */
function onlyApi({ apis }: Stack) {
  const [api] = apis;
  if (!api || apis.length > 1) {
    throw new StackResourceError(
      'aws_apigatewayv2_api',
      `the stack has ${apis.length} WebSocket APIs, and one can be run`,
    );
  }
  const [stage] = api.stages;
  if (!stage) throw new StackResourceError('aws_apigatewayv2_stage', `the API ${api.name} has no stage`);
  return { api, stage: stage.name };
}

function serve(server: Server, aws: AwsEndpoint, gateway: Gateway): void {
  server.removeAllListeners('request');
  server.on('request', (req, res) => aws.handle(req, res));
  server.on('upgrade', (req, socket, head) => gateway.handleUpgrade(req, socket, head));
}
