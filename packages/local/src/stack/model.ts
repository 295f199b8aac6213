/**
 * What the local runtime understood from a synthesized stack: plain, resolved values under the platform's own
 * names. `readStack` makes it; the gateway, the Lambda runtime, DynamoDB and the rest only ever see this.
 */
import type { TransformInput } from '../event-bridge/input-transformer.ts';
import type { Pattern } from '../event-pattern/pattern.ts';

/** One synthesized Terraform stack, with every expression evaluated. */
export interface Stack {
  readonly name: string;
  readonly region: string;
  readonly accountId: string;
  readonly functions: readonly LambdaFunction[];
  /** The WebSocket APIs. */
  readonly apis: readonly WebSocketApi[];
  readonly httpApis: readonly HttpApi[];
  readonly tables: readonly Table[];
  readonly schedules: readonly Schedule[];
  /** The bus `default` included, which every account has. */
  readonly eventBuses: readonly EventBus[];
  /** The enabled ones that match events; a schedule is not one of them. */
  readonly eventRules: readonly EventRule[];
  readonly userPools: readonly UserPool[];
  readonly queues: readonly Queue[];
  readonly eventSourceMappings: readonly EventSourceMapping[];
  /** Of Systems Manager. */
  readonly parameters: readonly Parameter[];
  /** Terraform outputs, by name. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** `aws_ssm_parameter`: what a stack tells programs outside. */
export interface Parameter {
  /** e.g. `/shop/prod/queue_url` */
  readonly name: string;
  readonly arn: string;
  readonly type: string;
  readonly value: string;
}

export interface LambdaFunction {
  readonly name: string;
  readonly arn: string;
  /** `file.export`, e.g. `index.handler`. */
  readonly handler: string;
  readonly runtime: string;
  /** Absolute path of the deployment package: a zip, or the folder that would be in it. */
  readonly packageFile: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly role: Role;
  /** Reserved concurrency; absent: bounded by the account only. */
  readonly reservedConcurrency?: number;
  /** `aws_lambda_function_event_invoke_config`, with Lambda's defaults filled in (2 retries, 21,600 s). */
  readonly asyncInvoke: {
    readonly maximumRetryAttempts: number;
    readonly maximumEventAgeSeconds: number;
    /** ARN of the queue that gets the events that were given up. */
    readonly onFailureArn?: string;
  };
  /** `aws_lambda_permission` resources: who may invoke it. In the order of the stack. */
  readonly permissions: readonly InvokePermission[];
}

export interface InvokePermission {
  readonly principal: string;
  readonly action: string;
  /** ARN pattern with `*` and `?`; absent: any source of that principal. */
  readonly sourceArn?: string;
  /** The account that the source has to be in. */
  readonly sourceAccount?: string;
}

export interface Role {
  readonly name: string;
  readonly arn: string;
  /** `assume_role_policy`: who may act as this role. */
  readonly trustPolicy: PolicyDocument;
  /** Parsed policy documents, inline and attached, in IAM's JSON form. */
  readonly policies: readonly PolicyDocument[];
}

export interface PolicyDocument {
  /** Where it stands in the stack, e.g. `aws_iam_role_policy.orders.policy`, or the ARN of a policy of AWS. */
  readonly address: string;
  readonly Version?: string;
  readonly Statement: readonly PolicyStatement[];
}

export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  /** By type, e.g. `Service`; in trust policies only. A plain `*` is the type `*`. */
  readonly Principal?: Readonly<Record<string, readonly string[]>>;
  /** Empty where `NotAction` stands instead; the same for `Resource`. */
  readonly Action: readonly string[];
  readonly NotAction?: readonly string[];
  readonly Resource: readonly string[];
  readonly NotResource?: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

export interface WebSocketApi {
  readonly id: string;
  readonly name: string;
  /** e.g. `$request.body.action` */
  readonly routeSelectionExpression: string;
  /** By route key: `$connect`, `$disconnect`, `$default`, or a message's route. */
  readonly routes: ReadonlyMap<string, Route>;
  readonly stages: readonly Stage[];
}

export interface Route {
  readonly routeKey: string;
  readonly functionArn: string;
  /** milliseconds; AWS allows 50 to 29,000 */
  readonly integrationTimeoutMs: number;
  /** True only if the route has BOTH a route response selection expression `$default` and a `$default` route response. */
  readonly hasRouteResponse: boolean;
  /** On `$connect` only. */
  readonly authorizer?: Authorizer;
}

export interface Authorizer {
  readonly id: string;
  readonly functionArn: string;
  /** e.g. `route.request.querystring.token`; empty: the function is always invoked. */
  readonly identitySources: readonly string[];
}

/** `aws_apigatewayv2_api` with `protocol_type = "HTTP"`. */
export interface HttpApi {
  readonly id: string;
  readonly name: string;
  readonly routes: readonly HttpRoute[];
  readonly stages: readonly Stage[];
  /** `cors_configuration`; absent: API Gateway has no part in CORS. */
  readonly cors?: Cors;
}

export interface HttpRoute {
  /** `GET /orders/{orderId}`, `ANY /{proxy+}` or `$default` */
  readonly routeKey: string;
  readonly functionArn: string;
  /** milliseconds; AWS allows 50 to 30,000 */
  readonly integrationTimeoutMs: number;
  /** Absent: everybody may call it. */
  readonly authorization?: HttpAuthorization;
}

/** `AWS_IAM`: a signed request whose caller's policies allow `execute-api:Invoke`; or a token. */
export type HttpAuthorization = { readonly kind: 'iam' } | ({ readonly kind: 'jwt' } & JwtAuthorization);

export interface JwtAuthorization {
  readonly authorizerId: string;
  /** An OpenID Connect issuer, without a slash at the end unless its tokens have one. */
  readonly issuer: string;
  /** A token's `aud`, or else its `client_id`, has to be one of them. */
  readonly audience: readonly string[];
  /** e.g. `$request.header.Authorization` */
  readonly identitySource: string;
  /** A token needs one of them; empty: none. */
  readonly scopes: readonly string[];
}

export interface Cors {
  /** `*`, `https://*`, `http://*` or origins. */
  readonly allowOrigins: readonly string[];
  readonly allowMethods: readonly string[];
  readonly allowHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly allowCredentials: boolean;
  readonly maxAgeSeconds?: number;
}

export interface Stage {
  /** `$default` is served at the API's root: HTTP APIs only. */
  readonly name: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly defaultThrottling?: Throttling;
  /** By route key; replaces, not merges, the default. */
  readonly routeThrottling: ReadonlyMap<string, Throttling>;
  /** The `format` of `access_log_settings`; of HTTP APIs only. */
  readonly accessLogFormat?: string;
}

export interface Throttling {
  /** requests a second */
  readonly rateLimit: number;
  /** requests */
  readonly burstLimit: number;
}

export interface Table {
  readonly name: string;
  readonly arn: string;
  /** TTL attribute (epoch seconds), if TTL is enabled. */
  readonly ttlAttribute?: string;
  /** Names its stream; absent: it has none. */
  readonly streamLabel?: string;
  /** The input of DynamoDB's CreateTable, without tags. */
  readonly createTable: Readonly<Record<string, unknown>>;
}

export interface Schedule {
  readonly name: string;
  readonly arn: string;
  readonly intervalMs: number;
  readonly functionArn: string;
  /** The event the function gets; a string of JSON in the stack, parsed here. Absent: EventBridge's own event. */
  readonly input?: unknown;
  /** `events.amazonaws.com` (rule) or `scheduler.amazonaws.com`. */
  readonly principal: string;
}

export interface EventBus {
  readonly name: string;
  readonly arn: string;
}

export interface EventRule {
  readonly name: string;
  readonly arn: string;
  readonly busName: string;
  readonly pattern: Pattern;
  readonly targets: readonly EventTarget[];
}

export interface EventTarget {
  /** Where it stands in the stack. */
  readonly address: string;
  readonly functionArn: string;
  /** Makes the function's event (`input`, `input_path`, `input_transformer`). Absent: it gets that of the bus. */
  readonly transform?: TransformInput;
  readonly maximumRetryAttempts: number;
  readonly maximumEventAgeSeconds: number;
  /** ARN of the queue that gets what could not be handed over. */
  readonly deadLetterArn?: string;
}

export interface UserPool {
  readonly id: string;
  readonly arn: string;
  readonly clients: readonly { readonly id: string; readonly accessTokenSeconds: number }[];
}

/** A standard queue of SQS. */
export interface Queue {
  readonly name: string;
  readonly arn: string;
  readonly url: string;
  readonly visibilityTimeoutSeconds: number;
  readonly delaySeconds: number;
  /** Of a receive that says nothing itself. */
  readonly waitSeconds: number;
  readonly retentionSeconds: number;
  readonly maximumMessageBytes: number;
  /** Its own: who may do what with it, beside those whose roles allow it. */
  readonly policies: readonly PolicyDocument[];
}

/** `aws_lambda_event_source_mapping`: the records of a table's stream go to a function. Disabled ones are left out. */
export interface EventSourceMapping {
  /** A UUID. */
  readonly id: string;
  /** Where it stands in the stack, e.g. `aws_lambda_event_source_mapping.orders`. */
  readonly address: string;
  readonly streamArn: string;
  readonly tableName: string;
  readonly functionArn: string;
  readonly batchSize: number;
  readonly batchingWindowSeconds: number;
  /** A record has to match one of them; empty: all go. Parsed JSON. */
  readonly filters: readonly unknown[];
  /** Batches of one shard at a time. */
  readonly parallelization: number;
  /** -1: until the records expire. */
  readonly maximumRetryAttempts: number;
  /** -1: until the records expire. */
  readonly maximumRecordAgeSeconds: number;
  readonly bisects: boolean;
  readonly reportsItemFailures: boolean;
  readonly startingPosition: 'TRIM_HORIZON' | 'LATEST';
  /** ARN of the queue that is told of records that were given up. */
  readonly onFailureArn?: string;
}
