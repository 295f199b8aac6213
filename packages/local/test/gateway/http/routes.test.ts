import { expect } from 'chai';
import { compileHttpRoutes } from '../../../src/gateway/http/routes.ts';
import { failureOf, removeTemporaryFolders } from '../../stack/set-up.ts';
import { ask, startHttpStack, stopAll } from './set-up.ts';

/** Which of these routes takes a request, with its parameters. */
const selected = (routeKeys: readonly string[], method: string, path: string) => {
  const select = compileHttpRoutes(
    routeKeys.map((routeKey) => ({ routeKey, functionArn: '', integrationTimeoutMs: 30_000 })),
  );
  const found = select(method, path);
  return found && [found.route.routeKey, { ...found.pathParameters }];
};

describe('HTTP API: routes', () => {
  afterEach(stopAll);
  after(removeTemporaryFolders);

  // The example of AWS's own page, "Create routes for HTTP APIs in API Gateway".
  const pets = ['$default', 'ANY /{proxy+}', 'GET /pets/{proxy+}', 'GET /pets/dog/{id}', 'GET /pets/dog/1'];
  for (const [method, path, routeKey, parameters] of [
    ['GET', '/pets/dog/1', 'GET /pets/dog/1', {}],
    ['GET', '/pets/dog/2', 'GET /pets/dog/{id}', { id: '2' }],
    ['GET', '/pets/cat/1', 'GET /pets/{proxy+}', { proxy: 'cat/1' }],
    ['POST', '/test/5', 'ANY /{proxy+}', { proxy: 'test/5' }],
    ['POST', '/', '$default', {}],
  ] as const) {
    it(`sends ${method} ${path} to ${routeKey}`, () => {
      expect(selected(pets, method, path)).to.deep.equal([routeKey, parameters]);
    });
  }

  it('prefers the method of a route to ANY, and ANY of the full path to a greedy one', () => {
    const routes = ['ANY /a', 'GET /a', 'GET /{proxy+}'];

    expect(selected(routes, 'GET', '/a')).to.deep.equal(['GET /a', {}]);
    expect(selected(routes, 'PUT', '/a')).to.deep.equal(['ANY /a', {}]);
  });

  it('matches whole paths: no empty parameter, no further segment, no slash at the end', () => {
    expect(selected(['GET /a/{id}'], 'GET', '/a/')).to.equal(undefined);
    expect(selected(['GET /a/{id}'], 'GET', '/a/b/c')).to.equal(undefined);
    expect(selected(['GET /a'], 'GET', '/a/')).to.equal(undefined);
    expect(selected(['GET /a'], 'POST', '/a')).to.equal(undefined);
    expect(selected(['GET /a/{x+}'], 'GET', '/a')).to.equal(undefined);
  });

  it('decodes segments one by one, so an encoded slash stays in its parameter', () => {
    expect(selected(['GET /a/{id}'], 'GET', '/a/b%2Fc%')).to.deep.equal(['GET /a/{id}', { id: 'b%2Fc%' }]);
    expect(selected(['GET /a/{id}'], 'GET', '/a/b%2Fc')).to.deep.equal(['GET /a/{id}', { id: 'b/c' }]);
  });

  it('answers 404 when no route matches', async () => {
    const { httpApiUrl } = await startHttpStack({ routes: { 'GET /a': {} } });

    expect(await ask(httpApiUrl, '/b')).to.deep.include({ status: 404, json: { message: 'Not Found' } });
  });

  it('prefers a stage of that name to $default', async () => {
    const { httpApiUrl } = await startHttpStack({ routes: { 'GET /a': {} }, stages: { $default: {}, dev: {} } });

    expect((await ask(httpApiUrl, '/a')).json.requestContext.stage).to.equal('$default');
    expect((await ask(httpApiUrl, '/dev/a')).json.requestContext.stage).to.equal('dev');
  });

  for (const [routeKey, reason] of [
    ['GET orders', 'takes $default, or a method or ANY with a path'],
    ['FETCH /orders', 'takes $default, or a method or ANY with a path'],
    ['GET /{all+}/orders', '{name+} stands at its end only'],
    ['GET /or{der}', 'takes $default, or a method or ANY with a path'],
  ] as const) {
    it(`refuses the route key ${routeKey} at the start`, async () => {
      expect(await failureOf(startHttpStack({ routes: { [routeKey]: {} } })))
        .to.contain(`StackResourceError: aws_apigatewayv2_route.http0.route_key: "${routeKey}"`)
        .and.to.contain(reason);
    });
  }
});
