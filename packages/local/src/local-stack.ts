import { LOOPBACK } from './addresses.ts';
import type { Credentials } from './aws/credentials.ts';
import { createCredentialStore } from './aws/credentials.ts';
import { type AwsCall, AwsEndpoint, type AwsEndpointOptions, type DynamoDbUse } from './aws/endpoint.ts';
import { functionEnvironment } from './aws/function-environment.ts';
import { iamAdmission } from './aws/iam-admission.ts';
import type { AwsService } from './aws/services.ts';
import { createScaledClock, type ScaledClock } from './clock/scaled-clock.ts';
import type { Clock } from './clock.ts';
import { loadSigningKeys } from './cognito/signing-keys.ts';
import { createTokenIssuer, type TokenIssuer } from './cognito/token-issuer.ts';
import { claimDataFolder } from './data-folder.ts';
import { type DynamoDb, startDynamoDb } from './dynamodb/dynamodb.ts';
import type { SyncPolicy } from './dynamodb/engine/log/log-file.ts';
import { createTables } from './dynamodb/tables.ts';
import { startTtlSweeper, type TtlSweeper } from './dynamodb/ttl-sweeper.ts';
import type { BusDelivery } from './event-bridge/event.ts';
import { createEventBridge } from './event-bridge/event-bridge.ts';
import { createEventForwarder } from './event-bridge/forwarder.ts';
import { createTargetDeliveries } from './event-bridge/target-deliveries.ts';
import { type EventSourceNews, startEventSources } from './event-sources/event-sources.ts';
import { failedBatch } from './event-sources/failed-batch.ts';
import { Faults } from './faults/faults.ts';
import { IndexLag } from './faults/index-lag.ts';
import type { FaultControl, FaultPlan, FaultRecord } from './faults/plan.ts';
import { StreamDelay } from './faults/stream-delay.ts';
import { createGateway, type Gateway } from './gateway/gateway.ts';
import { createHttpGateway } from './gateway/http/http-gateway.ts';
import type { HttpGatewayObservers } from './gateway/http/options.ts';
import type { GatewayLimits, GatewayObservers } from './gateway/options.ts';
import { handRoutesToPrograms } from './gateway/program-routes.ts';
import { ACCOUNT_QUOTA, createAccountQuota } from './gateway/token-bucket.ts';
import { listen } from './http-server.ts';
import { createIam } from './iam/enforcement.ts';
import { logOpener } from './iam/log-access.ts';
import { requireDeadLetterAccess, requireDestinationAccess } from './iam/queue-access.ts';
import { usageRecorderFor } from './iam/usage.ts';
import { failureMessage } from './lambda/failure-message.ts';
import { createLambdaApi } from './lambda/http-api.ts';
import { createLambdaRuntime, type LambdaRuntime, type LambdaRuntimeOptions } from './lambda/runtime.ts';
import { createAccess } from './page/access.ts';
import { createFeed, observedByBoth } from './page/feed.ts';
import { createPage, type Page } from './page/page.ts';
import { type ScheduleRun, type Scheduler, startScheduler } from './schedule/scheduler.ts';
import { serve } from './serve.ts';
import { onlyApi, onlyHttpApi } from './served-apis.ts';
import { Shutdown } from './shutdown.ts';
import { textAttributes } from './sqs/message-attributes.ts';
import { Sqs } from './sqs/sqs.ts';
import { Ssm } from './ssm/ssm.ts';
import type { Stack, Throttling } from './stack/model.ts';
import { hasApi, readStack } from './stack/read-stack.ts';
import { loadTerraformState, saveTerraformState } from './stack/state/terraform-state.ts';
import { readVariableFile } from './stack/variable-files.ts';

/** Often enough for a person to see it happen; real DynamoDB takes up to two days. */
const DEFAULT_TTL_SWEEP_INTERVAL_MS = 5000;
/** More than an HTTP API takes, so that it is the API that refuses. */
const MAX_HTTP_HEAD_BYTES = 64 * 1024;

export interface LocalStackOptions {
  /** The synthesized `cdk.tf.json`. */
  readonly stackFile: string;
  /** Terraform variables; these win over the files. */
  readonly variables?: Readonly<Record<string, unknown>>;
  /** `.tfvars` or `.json`; a later one wins over an earlier one. */
  readonly variableFiles?: readonly string[];
  /** Default 0: any free one. */
  readonly port?: number;
  /** The port of the stack's HTTP API, if it has one. Default: the one after `port`, or any free one if that is 0. */
  readonly httpPort?: number;
  /**
   * Where to listen besides 127.0.0.1: an address of this machine, or `0.0.0.0` for all of them. What is below `/_local/`
   * then takes the token in {@link LocalStack.pageUrl}. Default: nowhere else.
   */
  readonly host?: string;
  /** Where tables, signing keys and Terraform's state are kept. Absent: in memory. */
  readonly dataFolder?: string;
  /** When what is written to the data folder's tables is on the disk itself. Default: after 100 ms at most. */
  readonly sync?: SyncPolicy;
  /** Of the gateway; default: those of AWS. */
  readonly limits?: Partial<GatewayLimits>;
  /**
   * Requests that API Gateway takes for the whole account: of the HTTP API, handshakes, messages and calls of @connections, all
   * together. Default: those of AWS, 10,000 a second with bursts of 5,000. `none`: no bound.
   */
  readonly requestQuota?: Throttling | 'none';
  /** Between two removals of expired items, milliseconds. Default 5,000. */
  readonly ttlSweepIntervalMs?: number;
  /** `manual`: schedules run only by `schedules.run()`. Default `timer`. */
  readonly schedules?: 'timer' | 'manual';
  /** For a stack whose user pool is elsewhere: whose tokens to issue by default. */
  readonly defaultUserPoolId?: string;
  readonly defaultClientId?: string;
  /** The platform's, in place of `LocalStack.clock`, which then moves nothing. Functions live in real time, unless it shares its own. */
  readonly clock?: Clock;
  /** Compresses every duration together: milliseconds of the stack for each real one. Above 0, at most 3,600. Default 1. */
  readonly timeScale?: number;
  /**
   * Computing does not get faster with compressed time: limits on it (timeouts of functions and integrations), and the
   * timers inside of functions, are not compressed below so many real milliseconds. Default 2,000.
   */
  readonly computeFloorMs?: number;
  /** What is to go wrong. Default: nothing. */
  readonly faults?: FaultPlan;
  /** Each event of the stack's buses is posted there, see {@link createEventForwarder}. Default: nowhere. */
  readonly eventsUrl?: string;
  /** Programs that get the messages of an action in the place of a function, by the action, see {@link handRoutesToPrograms}. */
  readonly routes?: Readonly<Record<string, string>>;
  /** Each fault, as it is decided on. */
  readonly onFault?: (fault: FaultRecord) => void;
  /**
   * `off`: the stack's roles, trust policies and permissions are not looked at, and everything is allowed. Signatures
   * are checked all the same. Default `enforced`.
   */
  readonly iam?: 'enforced' | 'off';
  /** Asked about every call in place of the roles' policies. Returns why it is denied. */
  readonly authorize?: AwsEndpointOptions['authorize'];
  /** Absolute path of a web page's folder, served at `/` with what it needs to watch the stack. Default: none. */
  readonly pageFolder?: string;
  /** Handed on to the Lambda runtime. */
  readonly lambda?: Pick<LambdaRuntimeOptions, 'authorizeInvoke' | 'maxInstancesPerFunction' | 'asyncRetryDelaysMs'>;
  /** Requests of the HTTP API, and lines of its access log. */
  readonly http?: HttpGatewayObservers;
  /** Handed on to the gateway, beside its observers. */
  readonly gateway?: GatewayObservers & Pick<Parameters<typeof createGateway>[0], 'deliverDisconnect' | 'sourceIpOf'>;
  readonly onLog?: LambdaRuntimeOptions['onLog'];
  readonly onInvocation?: LambdaRuntimeOptions['onInvocation'];
  readonly onAsyncDropped?: LambdaRuntimeOptions['onAsyncDropped'];
  /** Each event that a bus has taken. */
  readonly onEvent?: (delivery: BusDelivery) => void;
  /** An event is lost, or was not delivered to {@link eventsUrl}: one line. */
  readonly onEventProblem?: (line: string) => void;
  /** A program of {@link routes} does not answer as it should, or does so again: one line. */
  readonly onRouteProblem?: (line: string) => void;
  readonly onAwsCall?: (call: AwsCall) => void;
  /** What each call of DynamoDB has consumed, as it would be charged. */
  readonly onDynamoDbUse?: (use: DynamoDbUse) => void;
  readonly onSchedule?: (run: ScheduleRun) => void;
  /** What event source mappings do with the records of streams. */
  readonly onEventSource?: (news: EventSourceNews) => void;
  /** The runtime's own failures, such as a TTL sweep that did not work. Default: printed. */
  readonly onError?: (error: unknown) => void;
}

/** A stack that runs on this machine. */
export interface LocalStack {
  /** `ws://127.0.0.1:<port>/<stage>`; with `host`, an address that other machines reach in place of 127.0.0.1. */
  readonly webSocketUrl: string;
  /**
   * Of the HTTP API, without a slash at the end: `http://127.0.0.1:<its own port>`, with `/<stage>` unless that is `$default`.
   * Absent: the stack has none.
   */
  readonly httpApiUrl?: string;
  /** `http://127.0.0.1:<port>`: DynamoDB, Lambda and Cognito's public documents, for programs of this machine. */
  readonly endpoint: string;
  /** Of the page, if there is one, as other machines reach it; with the token that `/_local/` takes, if it takes one. */
  readonly pageUrl: string;
  /** Whether other machines reach the stack. */
  readonly isExposed: boolean;
  /** What is below `/_local/` takes this token, as `Authorization: Bearer …`. Absent: none, for no other machine gets there. */
  readonly accessToken?: string;
  /** The API's stage. */
  readonly stage: string;
  readonly stack: Stack;
  readonly tokens: TokenIssuer;
  readonly schedules: Scheduler;
  readonly gateway: Gateway;
  readonly lambda: LambdaRuntime;
  readonly ttl: TtlSweeper;
  /** The stack's time, which can be compressed and moved ahead while it runs. */
  readonly clock: ScaledClock;
  readonly faults: FaultControl;
  /** The tables, for who wants to look past the functions and their roles: such a call is no AWS call, and meets no fault. */
  readonly dynamoDb: Pick<DynamoDb, 'call'>;
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

async function assemble(given: LocalStackOptions, shutdown: Shutdown): Promise<LocalStack> {
  const { onError = console.error } = given;
  const scaledClock = createScaledClock({
    ...(given.timeScale !== undefined && { scale: given.timeScale }),
    ...(given.computeFloorMs !== undefined && { computeFloorMs: given.computeFloorMs }),
  });
  const { clock = scaledClock } = given;
  const feed = given.pageFolder === undefined ? undefined : createFeed(() => clock.nowMs());
  const options = feed ? observedByBoth(given, feed.observers) : given;

  const data = options.dataFolder === undefined ? undefined : await claimDataFolder(options.dataFolder);
  if (data) shutdown.add(() => data.release());
  // Independent of the stack: they are made while it is read.
  const indexLag = new IndexLag((rule, table, index) => faults.indexLagged(rule, table, index));
  const dynamoDb = startDynamoDb({
    folder: data?.dynamoDb,
    ...(options.sync !== undefined && { sync: options.sync }),
    clock,
    onLaggingRead: (read) => indexLag.observe(read),
  });
  shutdown.add(() => dynamoDb.stop());
  const keys = loadSigningKeys(data?.signingKeys);
  keys.catch(() => {}); // thrown below, unless something else fails first

  // The port comes first: the stack's expressions contain the API's address.
  const { server, port, host, close } = await listen(options.port ?? 0, options.host);
  shutdown.add(close);
  const endpoint = `http://${LOOPBACK}:${port}`;
  const authority = `${host.urlHost}:${port}`;
  const publicUrl = `http://${authority}/`;
  const access = createAccess({ isExposed: host.isExposed, port });

  const variables = await variablesOf(options);
  const httpApi = (await hasApi(options.stackFile, { variables }, 'HTTP'))
    ? await listen(options.httpPort ?? nextPort(options.port), options.host, {
        maxHeadBytes: MAX_HTTP_HEAD_BYTES,
        option: '--http-port',
      })
    : undefined;
  if (httpApi) shutdown.add(httpApi.close);
  const httpAuthority = httpApi && `${host.urlHost}:${httpApi.port}`;

  const state = await loadTerraformState(data?.terraformState);
  const stack = calledFromInside(
    await readStack(options.stackFile, {
      variables,
      apiEndpoint: () => `ws://${authority}`,
      httpApiEndpoint: () => `http://${httpAuthority}`,
      state,
    }),
    [
      { authority, inside: `${LOOPBACK}:${port}` },
      ...(httpApi && httpAuthority ? [{ authority: httpAuthority, inside: `${LOOPBACK}:${httpApi.port}` }] : []),
    ],
  );
  const { api, stage } = onlyApi(stack);
  const onlyHttp = onlyHttpApi(stack);
  const { region, accountId } = stack;
  await saveTerraformState(state, data?.terraformState);
  await createTables(dynamoDb, stack.tables);

  const streamDelay = new StreamDelay(dynamoDb.database, (rule, table) => faults.streamDelayed(rule, table));
  const faults = new Faults({
    ...(options.onFault && { onFault: options.onFault }),
    kill: (instanceId) => lambda.kill(instanceId),
    lagIndexes: (rules) => indexLag.apply(dynamoDb, stack.tables, rules),
    delayStreams: (rules) => streamDelay.apply(rules),
    holdTransactions: (holdMs) => {
      dynamoDb.database.holds.holdMs = holdMs;
    },
    limitPages: (items) => {
      dynamoDb.database.maxPageItems = items;
    },
    clock,
  });
  if (options.faults) await faults.set(options.faults);

  const usage = await usageRecorderFor(options.stackFile);
  // The last thing: until then, functions run.
  if (usage) shutdown.add(() => usage.write());
  const iam = options.iam === 'off' ? undefined : createIam({ stack, clock, ...(usage && { usage }) });
  const credentials = createCredentialStore();
  const tokens = createTokenIssuer({ ...options, keys: await keys, region, userPools: stack.userPools, clock });

  const sqs = new Sqs(stack.queues, clock);
  const lambda = createLambdaRuntime({
    authorizeInvoke: (fn, source) => iam?.mayInvoke(fn, source) ?? true,
    ...(iam && { openLog: logOpener(iam, onError) }),
    ...options.lambda,
    functions: stack.functions,
    clock,
    environmentFor: (fn, { instanceId }) =>
      functionEnvironment(credentials.ofInstance(fn, instanceId), { region, endpoint }),
    onInstanceGone: (instanceId) => credentials.retire(instanceId),
    ...(options.onLog && { onLog: options.onLog }),
    ...(options.onInvocation && { onInvocation: options.onInvocation }),
    onAsyncDropped: (event, last) => {
      options.onAsyncDropped?.(event, last);
      const fn = lambda.find(event.functionName);
      const queueArn = fn?.asyncInvoke.onFailureArn;
      const message = fn && queueArn && failureMessage(fn, event, last, clock.nowMs());
      if (!message || iam?.refusalOf(fn, 'sqs:SendMessage', queueArn) !== undefined) return;
      sqs.deliver(queueArn, JSON.stringify(message), fn.role.arn);
    },
  });
  shutdown.add(() => lambda.stop());
  if (iam) requireDestinationAccess(stack.functions, iam);
  await lambda.start();

  const forwarder =
    options.eventsUrl === undefined
      ? undefined
      : createEventForwarder(options.eventsUrl, { onProblem: (line) => options.onEventProblem?.(line) });
  if (forwarder) shutdown.add(() => forwarder.stop());
  if (iam) requireDeadLetterAccess(stack);
  const targets = createTargetDeliveries({
    invoker: lambda,
    clock,
    failureOf: ({ busName, name }, { functionArn }) => {
      const functionName = lambda.find(functionArn)?.name ?? functionArn;
      const fault = faults.forDelivery({ busName, ruleName: name, functionName });
      return fault && { code: fault.error, message: 'Not handed over (fault plan)' };
    },
    onDeadLetter: ({ queueArn, event, attributes }) =>
      sqs.deliver(queueArn, JSON.stringify(event), 'events.amazonaws.com', textAttributes(attributes)),
    onLost: (rule, { functionArn }, { code }) =>
      options.onEventProblem?.(
        `An event of the rule ${rule.name} is lost: it cannot be handed over to ${functionArn} (${code}), and the target has no dead_letter_config`,
      ),
  });
  shutdown.add(async () => targets.stop());
  const eventBridge = createEventBridge({
    stack,
    targets,
    clock,
    refuseEntry: ({ busName, event }, functionName) => {
      const fault = faults.forEntry({
        busName,
        source: event.source,
        detailType: event['detail-type'],
        ...(functionName !== undefined && { functionName }),
      });
      return fault && { ErrorCode: fault.error, ErrorMessage: 'Not taken (fault plan)' };
    },
    onEvent: (delivery) => {
      options.onEvent?.(delivery);
      forwarder?.forward(delivery.event);
    },
    onUnknownBus: (busName) =>
      options.onEventProblem?.(`The stack has no event bus ${busName}: an event for it is lost`),
  });

  const programs = handRoutesToPrograms({
    api,
    invoker: lambda,
    urls: options.routes ?? {},
    onProblem: (line) => options.onRouteProblem?.(line),
  });
  shutdown.add(async () => programs.stop());
  const { requestQuota = ACCOUNT_QUOTA } = options;
  const takeQuota = requestQuota === 'none' ? () => true : createAccountQuota(requestQuota, clock);
  const gateway = createGateway({
    ...options.gateway,
    takeQuota,
    deliverDisconnect: (event) => {
      const fate = options.gateway?.deliverDisconnect?.(event) ?? 'deliver';
      return fate === 'deliver' ? faults.forDisconnect(event) : fate;
    },
    ...(options.limits && { limits: options.limits }),
    api: programs.api,
    invoker: programs.invoker,
    region,
    accountId,
    clock,
  });
  shutdown.add(() => gateway.stop());

  let page: Page | undefined;
  const aws = new AwsEndpoint({
    stack,
    credentials,
    dynamoDb,
    sqs,
    ssm: new Ssm(stack.parameters),
    eventBridge,
    tokens,
    clock,
    faults: {
      clock,
      forCall: (call) => faults.forCall(call),
      carriedOut: (call) => faults.carriedOut(call),
      waitFor: (what, held) => faults.waitFor(what, held),
      kill: (instanceId) => faults.kill(instanceId),
      stall: (connectionId, forMs) => gateway.stall(connectionId, forMs),
    },
    handleLambda: createLambdaApi(lambda),
    refuseToken: (req) => access.refusalOf(req),
    handleGateway: (req, res) => gateway.handleRequest(req, res) || page?.handle(req, res) === true,
    ...authorizer(options.authorize ?? iam?.authorize),
    ...(options.onAwsCall && { onCall: options.onAwsCall }),
    ...(options.onDynamoDbUse && { onDynamoDbUse: options.onDynamoDbUse }),
  });
  serve(server, {
    handleRequest: (req, res) => aws.handle(req, res),
    handleUpgrade: (req, socket, head) => gateway.handleUpgrade(req, socket, head),
    onError,
  });

  if (onlyHttp && httpApi) {
    const http = createHttpGateway({
      ...options.http,
      api: onlyHttp.api,
      invoker: lambda,
      region,
      accountId,
      clock,
      takeQuota,
      admitCaller: iamAdmission({ credentials, region, accountId, authorize: options.authorize ?? iam?.authorize }),
      localKeysOf: (issuer) => tokens.keysOf(issuer),
      sourceIpOf: options.gateway?.sourceIpOf,
      onError,
    });
    shutdown.add(async () => http.stop());
    serve(httpApi.server, { handleRequest: http.handleRequest, onError });
  }

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

  const eventSources = startEventSources({
    mappings: stack.eventSourceMappings,
    functions: stack.functions,
    database: dynamoDb.database,
    clock,
    refusal: (fn, action, resource) => iam?.refusalOf(fn, action, resource),
    async invoke({ fn, ...batch }, payloadJson, requestId) {
      const moment = faults.forBatch({ functionName: fn.name, ...batch });
      if (moment === 'before') return failedBatch;
      const outcome = await lambda.execute(fn, payloadJson, requestId);
      return moment === 'after' && outcome.kind === 'returned' ? { ...failedBatch, run: outcome.run } : outcome;
    },
    send: (queueArn, body) => sqs.deliver(queueArn, body, 'lambda.amazonaws.com'),
    ...(options.onEventSource && { onNews: options.onEventSource }),
    onError,
  });
  shutdown.add(async () => eventSources.stop());

  const local: LocalStack = {
    webSocketUrl: `ws://${authority}/${stage}`,
    ...(onlyHttp && httpAuthority && { httpApiUrl: `http://${httpAuthority}${onlyHttp.path}` }),
    endpoint,
    pageUrl: access.token === undefined ? publicUrl : `${publicUrl}?token=${access.token}`,
    isExposed: host.isExposed,
    ...(access.token !== undefined && { accessToken: access.token }),
    stage,
    stack,
    tokens,
    schedules,
    gateway,
    lambda,
    ttl,
    clock: scaledClock,
    faults,
    dynamoDb,
    credentials: credentials.operator,
    interrupt: (service) => aws.interruptions.interrupt(service),
    restore: (service) => aws.interruptions.restore(service),
    stop: () => shutdown.run(),
  };
  if (feed && options.pageFolder !== undefined) {
    page = createPage({
      folder: options.pageFolder,
      feed,
      access,
      publicUrl,
      stack: local,
      scan: async (TableName, Limit) => (await dynamoDb.call('Scan', { TableName, Limit })).Items as unknown[],
    });
    shutdown.add(async () => page?.stop());
  }
  return local;
}

async function variablesOf({ variables, variableFiles = [] }: LocalStackOptions): Promise<Record<string, unknown>> {
  const files = await Promise.all(variableFiles.map(readVariableFile));
  return Object.assign({}, ...files, variables);
}

/** The port of the HTTP API beside a port that was asked for; 0 for any free one. */
const nextPort = (port = 0): number => (port === 0 || port === 65_535 ? 0 : port + 1);

const authorizer = (authorize: AwsEndpointOptions['authorize']) => (authorize ? { authorize } : {});

/** Functions call the API within this machine, by an address that stays the same when the machine changes networks. */
function calledFromInside(stack: Stack, addresses: readonly { authority: string; inside: string }[]): Stack {
  const fromInside = (value: string): string =>
    addresses.reduce((text, { authority, inside }) => text.replaceAll(authority, inside), value);
  const functions = stack.functions.map((fn) => ({
    ...fn,
    environment: Object.fromEntries(Object.entries(fn.environment).map(([name, value]) => [name, fromInside(value)])),
  }));
  return { ...stack, functions };
}
