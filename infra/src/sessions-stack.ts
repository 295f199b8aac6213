import { join } from 'node:path';
import { AwsProvider } from '@cdktf/provider-aws/lib/provider/index.js';
import { type ITerraformDependable, LocalBackend, S3Backend, TerraformStack, Token } from 'cdktf';
import type { Construct } from 'constructs';
import { ApiGatewayAccount } from './api-gateway-account.ts';
import { CustomDomain, httpDomain as httpDomainVariables, webSocketDomain } from './custom-domain.ts';
import { DestroyGuard } from './destroy-guard.ts';
import { type EnvironmentName, project, stackNameOf } from './environments.ts';
import { EveryMinute } from './every-minute.ts';
import { ExtraRoutes } from './extra-routes.ts';
import { FailureQueue } from './failure-queue.ts';
import { type FunctionDefinition, type FunctionName, functionNames, functions, routes } from './functions.ts';
import { HmacKey } from './hmac-key.ts';
import { HomeRegion } from './home-region.ts';
import { kmsKeyArn } from './kms-access.ts';
import { LambdaFunction } from './lambda-function.ts';
import { LifecycleEvents } from './lifecycle-events.ts';
import { retentionDays } from './log-retention.ts';
import { AccessLog, accessLogFields } from './observability/access-log.ts';
import { Observability } from './observability/observability.ts';
import { observedTables } from './observability/observed.ts';
import { warnOfMissingObservability } from './observability/production-checks.ts';
import { Outputs } from './outputs.ts';
import { awsProviderVersion } from './provider-lock.ts';
import { SessionsHttpApi } from './sessions-http-api.ts';
import { Settings } from './settings.ts';
import { stackOutputs } from './stack-outputs.ts';
import { throttlingOfStage } from './stage-throttling.ts';
import type { S3State } from './state.ts';
import { StreamMapping } from './stream-mapping.ts';
import { Tables } from './tables.ts';
import { UserPool } from './user-pool.ts';
import { WebSocketApi } from './web-socket-api.ts';
import { WebSocketAuthorizer } from './web-socket-authorizer.ts';
import { WebSocketIntegration } from './web-socket-integration.ts';
import { WebSocketRoute } from './web-socket-route.ts';
import { WebSocketStage } from './web-socket-stage.ts';
import { environmentOf, permissionsOf, type Resources, usesTables } from './wiring.ts';

export interface SessionsStackProps {
  readonly environment: EnvironmentName;
  /** Absolute path of the folder with `<function>/dist/function.zip` for each function. */
  readonly functionsFolder: string;
  /** In S3, or in a file: its path, relative to the stack's folder. */
  readonly state: S3State | { readonly path: string };
  /** Whether Terraform refuses to delete API, tables and user pool: the value of `deletion_protection`. */
  readonly isProtected: boolean;
}

/** Everything that one environment runs on. */
export class SessionsStack extends TerraformStack {
  constructor(scope: Construct, { environment, functionsFolder, state, isProtected }: SessionsStackProps) {
    const stackName = stackNameOf(environment);
    super(scope, stackName);

    const settings = new Settings(this, 'settings', { environment, isProtected });
    const home = new HomeRegion(this, 'home');
    this.declareTerraform(environment, home);
    this.keepState(state);

    const tables = new Tables(this, 'tables', { namePrefix: stackName, isProtected });
    const userPool = new UserPool(this, 'user-pool', { name: stackName, isProtected });
    const api = new WebSocketApi(this, 'api', {
      name: stackName,
      stageName: environment,
      domainVariable: webSocketDomain.domainVariable,
      ipAddressType: settings.value('ip_address_type'),
      isProtected,
    });
    const failureQueues = {
      changes: new FailureQueue(this, 'changes-failed', { name: `${stackName}-changes-failed` }),
      deliveries: new FailureQueue(this, 'deliveries-failed', { name: `${stackName}-deliveries-failed` }),
    };
    const nameOf = (name: FunctionName) => `${stackName}-${name}`;
    const made = new Map<FunctionName, LambdaFunction>();
    const arnOf = (name: FunctionName): string => {
      const lambda = made.get(name);
      if (!lambda) throw new Error(`${name} must stand before the functions that invoke it (functions.ts)`);
      return lambda.function.arn;
    };
    const hmacKey = new HmacKey(this, 'hmac-key');
    const events = new LifecycleEvents(this, 'events', { environment, tables });
    const resources: Resources = {
      ...{ environment, settings, tables, api, userPool, hmacKey, events, failureQueues, nameOf, arnOf },
    };

    for (const name of functionNames) {
      const definition: FunctionDefinition = functions[name];
      const { asyncInvoke, failureQueue } = definition;
      const lambda = new LambdaFunction(this, constructIdOf(name), {
        name: nameOf(name),
        bundleFile: join(functionsFolder, name, 'dist', 'function.zip'),
        runtime: settings.value('lambda_runtime'),
        memoryMb: definition.memoryMb,
        timeoutSeconds: definition.timeoutSeconds,
        environment: environmentOf(name, definition, resources),
        permissions: (functionArn) => permissionsOf(definition, resources, functionArn),
        logRetentionDays: retentionDays('var.data_retention_hours'),
        usesTables: usesTables(definition.access),
        sendsToQueues: failureQueue !== undefined,
        reservedConcurrency: `\${lookup(var.reserved_concurrency, "${name}", -1)}`,
        ...(asyncInvoke && {
          asyncInvoke: { ...asyncInvoke, ...(failureQueue && { failures: failureQueues[failureQueue] }) },
        }),
      });
      made.set(name, lambda);
    }
    const lambdas = Object.fromEntries(made) as Record<FunctionName, LambdaFunction>;
    const { session, places } = functions.notifier.changes;
    const ofStream = { table: tables.sessions, handler: lambdas.notifier, failures: failureQueues.changes };
    const sessionChanges = new StreamMapping(this, 'session-changes', { ...ofStream, ...session });
    const placeChanges = new StreamMapping(this, 'place-changes', { ...ofStream, ...places });

    const { account } = new ApiGatewayAccount(this, 'logging', { name: `${stackName}-api-gateway-logs` });
    const { stage } = this.routeMessages(api, lambdas, account);
    const domain = new CustomDomain(this, 'domain', { apiId: api.id, stageId: stage.id, ...webSocketDomain });
    const http = new SessionsHttpApi(this, 'http', {
      ...{ name: `${stackName}-http`, settings, userPool, lambdas, isProtected, after: [account] },
    });
    const httpDomain = new CustomDomain(this, 'http-domain', {
      ...{ apiId: http.api.id, stageId: http.stage.stage.id, ...httpDomainVariables },
    });
    new EveryMinute(this, 'sweep', { name: `${stackName}-sweep`, handler: lambdas.sweeper });
    const { dashboardUrl } = new Observability(this, 'observability', {
      name: stackName,
      kmsKeyId: kmsKeyArn,
      region: settings.value('aws_region'),
      observed: {
        environment,
        api,
        httpApi: http.api,
        functionNames: Object.fromEntries(
          functionNames.map((name) => [name, lambdas[name].function.functionName]),
        ) as Record<FunctionName, string>,
        tables: observedTables(
          {
            sessions: tables.sessions.name,
            connections: tables.connections.name,
            rateLimits: tables.rateLimits.name,
            messages: tables.messages.name,
          },
          { sessions: Tables.sessionsIndexName, connections: Tables.connectionsIndexName },
        ),
        failureQueueNames: {
          changes: failureQueues.changes.queue.name,
          deliveries: failureQueues.deliveries.queue.name,
        },
      },
    });

    if (environment === 'prod') warnOfMissingObservability(this);

    new Outputs(this, 'outputs', {
      environment,
      outputs: stackOutputs({
        ...{
          api,
          domain,
          httpApi: http.api,
          httpDomain,
          tables,
          events,
          userPool,
          failureQueues,
          lambdas,
          dashboardUrl,
        },
        mappings: { session: sessionChanges, places: placeChanges },
      }),
    });
    new DestroyGuard(this, 'destroy-guard');
  }

  /** Versions, provider. */
  private declareTerraform(environment: EnvironmentName, home: HomeRegion): void {
    // 1.9: a variable's validation may name another variable. 1.11: a state in S3 locks itself.
    this.addOverride('terraform.required_version', '>= 1.11.0');
    new AwsProvider(this, 'aws', {
      region: home.name,
      allowedAccountIds: Token.asList(`\${length(var.allowed_account_ids) > 0 ? var.allowed_account_ids : null}`),
      defaultTags: [
        { tags: Token.asStringMap(`\${merge(var.tags, { Project = "${project}", Environment = "${environment}" })}`) },
      ],
    });
    // The bindings would ask for the version that they were generated from.
    this.addOverride('terraform.required_providers.aws', { source: 'hashicorp/aws', version: awsProviderVersion });
  }

  private keepState(state: SessionsStackProps['state']): void {
    if ('path' in state) {
      new LocalBackend(this, state);
      return;
    }
    new S3Backend(this, { ...state, encrypt: true });
    // CDKTF is older than this: the lock is an object beside the state, and no table is needed.
    this.addOverride('terraform.backend.s3.use_lockfile', true);
  }

  private routeMessages(
    api: WebSocketApi,
    lambdas: Record<FunctionName, LambdaFunction>,
    account: ITerraformDependable,
  ): WebSocketStage {
    const authorizer = new WebSocketAuthorizer(this, 'authorization', {
      api,
      name: 'speaker-or-listener',
      handler: lambdas.authorizer,
    });
    const handlers = [...new Set<FunctionName>(Object.values(routes))];
    const integrations = new Map(
      handlers.map((name) => [name, new WebSocketIntegration(this, `to-${name}`, { api, handler: lambdas[name] })]),
    );
    const accessLog = new AccessLog(this, 'access-log', {
      name: `/aws/apigateway/${this.node.id}`,
      fields: accessLogFields,
      retentionDays: retentionDays('var.data_retention_hours'),
      kmsKeyId: kmsKeyArn,
    });
    const extraRoutes = new ExtraRoutes(this, 'extra-routes', { api, variable: 'extra_routes' });
    return new WebSocketStage(this, 'stage', {
      api,
      after: [...extraRoutes.parts, account],
      authorizer,
      accessLogSettings: accessLog.stageSettings,
      routes: [...integrations].flatMap(([name, integration]) =>
        routeKeysOf(name).map(
          (routeKey) =>
            new WebSocketRoute(this, `on-${routeKey.replace('$', '')}`, {
              integration,
              routeKey,
              ...(routeKey === '$connect' && { authorizer }),
            }),
        ),
      ),
      throttling: throttlingOfStage,
    });
  }
}

const routeKeysOf = (name: FunctionName): string[] =>
  Object.entries(routes)
    .filter(([, handler]) => handler === name)
    .map(([routeKey]) => routeKey);

/** Terraform knows the WebSocket API by the id `api`, and would replace it under another one: the function takes its own. */
const constructIdOf = (name: FunctionName): string => (name === 'api' ? 'api-function' : name);
