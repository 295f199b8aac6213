import type { ClientOptions } from 'ws';
import { createGateway } from '../../src/gateway/gateway.ts';
import type { GatewayOptions, HandshakeRefusal, MessageRecord } from '../../src/gateway/options.ts';
import type { FunctionInvoker, InvocationOutcome, InvocationSource } from '../../src/lambda/invoker.ts';
import type { Route, Stage } from '../../src/stack/model.ts';
import { functionArn } from '../fixtures/functions.ts';
import { type Client, connect, handshakeStatus } from './client.ts';
import { listen } from './listen.ts';

/** What a scripted function gets is what Lambda would parse: the event after a JSON round trip. */
// biome-ignore lint/suspicious/noExplicitAny: events are asserted on key by key
export type Event = any;
type ScriptedFunction = (event: Event) => unknown;

export interface Invocation {
  readonly name: string;
  readonly event: Event;
  readonly source: InvocationSource;
}

/** Return this from a scripted function to end with an outcome that no handler could return. */
export class Outcome {
  readonly outcome: InvocationOutcome;
  constructor(outcome: InvocationOutcome) {
    this.outcome = outcome;
  }
}

export interface SetUp extends Partial<Omit<GatewayOptions, 'api' | 'invoker'>> {
  /** By route key, which is also the name of its function. */
  readonly routes?: Readonly<Record<string, ScriptedFunction | (Partial<Route> & { run: ScriptedFunction })>>;
  /** The function of the authorizer of `$connect`. */
  readonly authorizer?: ScriptedFunction;
  readonly identitySources?: readonly string[];
  readonly stage?: Partial<Stage>;
  readonly routeSelectionExpression?: string;
}

const running: { stop(): Promise<void> }[] = [];

/** Stops every gateway that a test set up. */
export async function stopAll(): Promise<void> {
  await Promise.all(running.splice(0).map((gateway) => gateway.stop()));
}

/** A gateway on a port of its own, with functions that the test scripts. */
export async function setUp(options: SetUp = {}) {
  const { authorizer, identitySources = [], stage, routeSelectionExpression, ...gatewayOptions } = options;
  const scripts = new Map<string, ScriptedFunction>();
  const routes = new Map<string, Route>();
  for (const [routeKey, given] of Object.entries(options.routes ?? {})) {
    const { run, ...route } = typeof given === 'function' ? { run: given } : given;
    scripts.set(functionArn(routeKey), run);
    routes.set(routeKey, {
      routeKey,
      functionArn: functionArn(routeKey),
      integrationTimeoutMs: 29_000,
      hasRouteResponse: false,
      ...(routeKey === '$connect' &&
        authorizer && { authorizer: { id: 'auth01', functionArn: functionArn('authorizer'), identitySources } }),
      ...route,
    });
  }
  if (authorizer) scripts.set(functionArn('authorizer'), authorizer);

  const invocations: Invocation[] = [];
  const refusals: HandshakeRefusal[] = [];
  const messages: MessageRecord[] = [];
  const ends: { connectionId: string; statusCode: number; reason: string }[] = [];
  const watchers = new Set<() => void>();
  const changed = () => {
    for (const look of watchers) look();
  };
  const invoker: FunctionInvoker = {
    async invoke(arn, event, source) {
      const seen: Event = JSON.parse(JSON.stringify(event));
      invocations.push({ name: arn.slice(arn.lastIndexOf(':') + 1), event: seen, source });
      changed();
      return outcomeOf(scripts.get(arn), seen);
    },
    invokeAsync: () => undefined,
  };
  const gateway = createGateway({
    region: 'us-east-1',
    accountId: '000000000000',
    onRefusal: (refusal) => {
      refusals.push(refusal);
      changed();
    },
    onMessage: (message) => {
      messages.push(message);
      changed();
    },
    onDisconnect: ({ connectionId, statusCode, reason }) => {
      ends.push({ connectionId, statusCode, reason });
      changed();
    },
    onConnection: changed,
    ...gatewayOptions,
    invoker,
    api: {
      id: 'abc123',
      name: 'test',
      routeSelectionExpression: routeSelectionExpression ?? '$request.body.action',
      routes,
      stages: [{ name: 'dev', variables: {}, routeThrottling: new Map(), ...stage }],
    },
  });
  const { host, stop } = await listen(gateway);
  running.push({ stop });
  const url = `ws://${host}/dev`;
  return {
    gateway,
    host,
    url,
    invocations,
    refusals,
    messages,
    ends,
    stop,
    /** The events that a function got. */
    eventsOf: (name: string): Event[] => invocations.filter((one) => one.name === name).map(({ event }) => event),
    connect: (query = '', protocols?: string[], client?: ClientOptions): Promise<Client> =>
      connect(url + query, protocols, client),
    status: (query = '', protocols?: string[], client?: ClientOptions) =>
      handshakeStatus(url + query, protocols, client),
    /** Resolves as soon as something the gateway did makes the condition true. */
    until: (condition: () => boolean) =>
      new Promise<void>((resolve) => {
        const look = () => {
          if (!condition()) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
      }),
  };
}

async function outcomeOf(run: ScriptedFunction | undefined, event: Event): Promise<InvocationOutcome> {
  if (run === undefined) return { kind: 'forbidden' };
  try {
    const payload = await run(event);
    if (payload instanceof Outcome) return payload.outcome;
    return { kind: 'returned', payload: JSON.parse(JSON.stringify(payload ?? null)), durationMs: 1 };
  } catch (error) {
    const { name, message } = error as Error;
    return { kind: 'failed', error: { errorType: name, errorMessage: message, trace: [] }, durationMs: 1 };
  }
}

export const ok = () => ({ statusCode: 200 });
/** A function that never ends. */
export const hang = () => new Promise<never>(() => undefined);

/** An authorizer's answer that lets the caller in. */
export function allow(event: Event, context?: Record<string, unknown>) {
  return {
    principalId: 'user-1',
    policyDocument: policy('Allow', event.methodArn),
    ...(context && { context }),
  };
}

export function policy(Effect: 'Allow' | 'Deny', Resource: string) {
  return { Version: '2012-10-17', Statement: [{ Action: 'execute-api:Invoke', Effect, Resource }] };
}
