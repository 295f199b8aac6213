import { join } from 'node:path';
import { App, TerraformStack } from 'cdktf';
import { expect } from 'chai';
import { FailureQueue } from '../src/failure-queue.ts';
import { HttpApi } from '../src/http-api.ts';
import { HttpIntegration } from '../src/http-integration.ts';
import { HttpRoute } from '../src/http-route.ts';
import { HttpStage } from '../src/http-stage.ts';
import { LambdaFunction, type LambdaFunctionProps } from '../src/lambda-function.ts';
import { retentionDays } from '../src/log-retention.ts';
import { StreamMapping, type StreamMappingProps } from '../src/stream-mapping.ts';
import { Tables } from '../src/tables.ts';
import { WebSocketApi } from '../src/web-socket-api.ts';
import { WebSocketAuthorizer } from '../src/web-socket-authorizer.ts';
import { WebSocketIntegration } from '../src/web-socket-integration.ts';
import { WebSocketRoute } from '../src/web-socket-route.ts';
import { WebSocketStage } from '../src/web-socket-stage.ts';
import { makeFolder } from './support.ts';

describe('the constructs refuse', () => {
  let folder: string;
  let remove: () => void;
  before(() => {
    ({ folder, remove } = makeFolder(['f']));
  });
  after(() => remove());

  function setUp() {
    const stack = new TerraformStack(new App({ outdir: join(folder, 'out') }), 'S');
    const api = new WebSocketApi(stack, 'api', { name: 'a', stageName: 'test' });
    const lambda = (id: string, props: Partial<LambdaFunctionProps> = {}) =>
      new LambdaFunction(stack, id, {
        name: id,
        bundleFile: join(folder, 'functions', 'f', 'dist', 'function.zip'),
        runtime: 'nodejs22.x',
        memoryMb: 512,
        timeoutSeconds: 10,
        environment: {},
        permissions: () => [],
        logRetentionDays: '1',
        ...props,
      });
    const handler = lambda('handler');
    const integration = new WebSocketIntegration(stack, 'integration', { api, handler });
    const authorizer = new WebSocketAuthorizer(stack, 'authorizer', { api, name: 'a', handler });
    const route = (id: string, routeKey: string) => new WebSocketRoute(stack, id, { integration, routeKey });
    return { stack, api, lambda, integration, authorizer, route };
  }

  it('an authorizer on any route but $connect', () => {
    const { stack, integration, authorizer } = setUp();

    expect(() => new WebSocketRoute(stack, 'late', { integration, routeKey: 'heartbeat', authorizer })).to.throw(
      'S/late: only $connect takes an authorizer, not heartbeat',
    );
  });

  it('a route that API Gateway does not have', () => {
    const { route } = setUp();

    expect(() => route('odd', '$ping')).to.throw('S/odd: "$ping" is no route');
    expect(() => route('none', '')).to.throw('S/none: "" is no route');
  });

  it('the same route twice, and a stage without routes', () => {
    const { stack, api, authorizer, route } = setUp();
    const throttling = { rateLimit: '1', burstLimit: '1' };
    const routes = [route('one', 'heartbeat'), route('two', 'heartbeat')];

    expect(() => new WebSocketStage(stack, 'stage', { api, routes, authorizer, throttling })).to.throw(
      'S/stage: the route heartbeat is there twice',
    );
    expect(() => new WebSocketStage(stack, 'empty', { api, routes: [], authorizer, throttling })).to.throw(
      'S/empty: AWS deploys no API without a route',
    );
  });

  it('a function that may run for longer than API Gateway waits', () => {
    const { stack, api, lambda } = setUp();
    const handler = lambda('slow', { timeoutSeconds: 30 });

    expect(() => new WebSocketIntegration(stack, 'to-slow', { api, handler })).to.throw(
      'S/to-slow: API Gateway gives up after 29 s, but S/slow may run for 30 s',
    );
    expect(() => new WebSocketAuthorizer(stack, 'by-slow', { api, name: 'a', handler })).to.throw(
      'S/by-slow: S/slow must answer within 29 s',
    );
  });

  it('what Lambda would refuse in the middle of a deployment', () => {
    const { lambda } = setUp();

    expect(() => lambda('small', { memoryMb: 64 })).to.throw(
      'S/small: memoryMb must be a whole number from 128 to 10240, not 64',
    );
    expect(() => lambda('endless', { timeoutSeconds: 901 })).to.throw(
      'S/endless: timeoutSeconds must be a whole number from 1 to 900, not 901',
    );
    expect(() => lambda('stubborn', { asyncInvoke: { maximumRetries: 3, maximumAgeSeconds: 60 } })).to.throw(
      'S/stubborn: asyncInvoke.maximumRetries must be a whole number from 0 to 2, not 3',
    );
    expect(() => lambda('named', { name: 'a b' })).to.throw('S/named: the name "a b" must be');
  });

  it('a stream that is read in a way Lambda does not have', () => {
    const { stack, lambda } = setUp();
    const props: StreamMappingProps = {
      table: new Tables(stack, 'tables', { namePrefix: 't', isProtected: false }).sessions,
      handler: lambda('reader'),
      failures: new FailureQueue(stack, 'failed', { name: 'f' }),
      parts: ['session'],
      ...{ batchSize: 1, windowSeconds: 0, parallelization: 1, maximumRetries: 0, maximumAgeSeconds: 60 },
    };
    const mapping = (id: string, wrong: Partial<StreamMappingProps>) => () =>
      new StreamMapping(stack, id, { ...props, ...wrong });

    for (const [id, wrong, problem] of [
      ['large', { batchSize: 10_001 }, 'batchSize must be a whole number from 1 to 10000, not 10001'],
      ['slow', { windowSeconds: 301 }, 'windowSeconds must be a whole number from 0 to 300, not 301'],
      ['wide', { parallelization: 11 }, 'parallelization must be a whole number from 1 to 10, not 11'],
      ['keen', { maximumRetries: 10_001 }, 'maximumRetries must be a whole number from 0 to 10000, not 10001'],
      ['brief', { maximumAgeSeconds: 59 }, 'maximumAgeSeconds must be a whole number from 60 to 604800, not 59'],
    ] as const) {
      expect(mapping(id, wrong)).to.throw(`S/${id}: ${problem}`);
    }
    expect(mapping('right', {})).to.not.throw();
  });

  it('a route that an HTTP API does not have, the same twice, and a function that it does not wait for', () => {
    const { stack, lambda } = setUp();
    const api = new HttpApi(stack, 'http', { name: 'h' });
    const integration = new HttpIntegration(stack, 'to-quick', {
      api,
      handler: lambda('quick', { timeoutSeconds: 30 }),
    });
    const route = (id: string, routeKey: string) =>
      new HttpRoute(stack, id, { integration, routeKey, authorization: 'none' });
    const throttling = { rateLimit: '1', burstLimit: '1' };

    for (const [id, routeKey] of [
      ['no-method', '/orders'],
      ['no-path', 'GET'],
      ['greedy', 'GET /{proxy+}'],
      ['any', 'ANY /orders'],
    ] as const) {
      expect(() => route(id, routeKey)).to.throw(`S/${id}: "${routeKey}" is no route: it must be a method and a path`);
    }
    const routes = [route('one', 'GET /orders/{orderId}'), route('two', 'GET /orders/{orderId}')];
    expect(() => new HttpStage(stack, 'http-stage', { api, routes, throttling })).to.throw(
      'S/http-stage: the route GET /orders/{orderId} is there twice',
    );
    const slow = lambda('very-slow', { timeoutSeconds: 31 });
    expect(() => new HttpIntegration(stack, 'to-very-slow', { api, handler: slow })).to.throw(
      'S/to-very-slow: API Gateway gives up after 30 s, but S/very-slow may run for 31 s',
    );
  });

  it('a stage name that is no part of an address', () => {
    const { stack } = setUp();

    expect(() => new WebSocketApi(stack, 'bad', { name: 'a', stageName: 'a/b' })).to.throw(
      'S/bad: the stage name "a/b" must be',
    );
  });
});

describe('the retention of logs', () => {
  it('is the next period that CloudWatch offers', () => {
    const expression = retentionDays('var.hours');

    expect(expression).to.match(/^\$\{var\.hours <= 24 \? 1 : \(var\.hours <= 72 \? 3 : \(var\.hours <= 120 \? 5 : /);
    expect(expression).to.match(/var\.hours <= 78912 \? 3288 : \(3653\)+\}$/);
  });
});
