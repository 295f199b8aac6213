import { systemClock } from '../clock.ts';
import type { Interest } from '../lambda/interest.ts';
import type { Route } from '../stack/model.ts';
import type { Connection, ServedStage } from './connection.ts';
import { Deadlines } from './deadlines.ts';
import type { HandshakeRequest } from './events.ts';
import { compileIdentitySources } from './identity-sources.ts';
import { type IntegrationOutcome, type InvocationContext, invokeWithin } from './invoke-within.ts';
import { AWS_LIMITS, type GatewayLimits, type GatewayOptions } from './options.ts';
import { compileRouteSelection, type SelectRoute } from './route-selection.ts';
import { createThrottle } from './token-bucket.ts';

/** What every part of the gateway works with: the API, compiled once, and the open connections. */
export interface GatewayContext extends InvocationContext {
  readonly options: GatewayOptions;
  readonly limits: GatewayLimits;
  readonly stages: ReadonlyMap<string, ServedStage>;
  readonly selectRoute: SelectRoute;
  /** Whether the request has everything that the authorizer of `$connect` needs. */
  readonly hasIdentity: (request: HandshakeRequest) => boolean;
  /** Only these are addressable, and counted as connections. */
  readonly connections: Map<string, Connection>;
  /** `arn:aws:execute-api:<region>:<account>:<apiId>` */
  readonly apiArn: string;
  stopped: boolean;
}

/** @throws {Error} the API has an expression that this gateway does not know */
export function createContext(options: GatewayOptions): GatewayContext {
  const { api, region, accountId, clock = systemClock } = options;
  return {
    options,
    limits: { ...AWS_LIMITS, ...options.limits },
    invoker: options.invoker,
    clock,
    stages: new Map(api.stages.map((stage) => [stage.name, { stage, throttle: createThrottle(stage) }])),
    selectRoute: compileRouteSelection(api.routeSelectionExpression),
    hasIdentity: compileIdentitySources(api.routes.get('$connect')?.authorizer?.identitySources ?? []),
    connections: new Map(),
    deadlines: new Deadlines(),
    apiArn: `arn:aws:execute-api:${region}:${accountId}:${api.id}`,
    stopped: false,
  };
}

/**
 * Invokes a route's function, and waits no longer than its integration timeout: the function itself may run on.
 * @param interest absent: the event is run even if that is after the timeout
 */
export function invokeRoute(
  context: GatewayContext,
  { functionArn, integrationTimeoutMs, routeKey }: Route,
  stage: ServedStage,
  event: unknown,
  interest?: Interest,
): Promise<IntegrationOutcome> {
  const sourceArn = `${context.apiArn}/${stage.stage.name}/${routeKey}`;
  return invokeWithin(context, functionArn, event, sourceArn, integrationTimeoutMs, interest);
}

/** A bug in the gateway or in a hook: it must not take the others' connections down with it. */
export const reportError = ({ options }: GatewayContext, error: unknown): void => reportErrorTo(options, error);

export function reportErrorTo({ onError = console.error }: Pick<GatewayOptions, 'onError'>, error: unknown): void {
  onError(error);
}
