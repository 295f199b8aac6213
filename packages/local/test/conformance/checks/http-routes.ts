import { expect } from 'chai';
import { check, section } from '../check.ts';
import { askHttp } from '../http-client.ts';

const ROUTES = 'AWS: Create routes for HTTP APIs in API Gateway';
const LAMBDA = 'AWS: Create AWS Lambda proxy integrations for HTTP APIs in API Gateway';
const api = 'http';

/** The key of the route that a request takes, and its parameters. */
async function routeOf(method: string, path: string): Promise<[string, unknown]> {
  const { json } = await askHttp(path, { method });
  return [json.routeKey, json.pathParameters];
}

const notFound = { status: 404, json: { message: 'Not Found' } };

const priority = () => {
  check('http-route-full', 'A full match of method and path comes first', { source: ROUTES, api }, async () => {
    expect(await routeOf('GET', '/pets/dog/1')).to.deep.equal(['GET /pets/dog/1', undefined]);
  });
  check('http-route-parameter', 'A parameter takes one segment', { source: ROUTES, api }, async () => {
    expect(await routeOf('GET', '/pets/dog/2')).to.deep.equal(['GET /pets/dog/{id}', { id: '2' }]);
  });
  check('http-route-greedy', 'A greedy parameter takes the rest of the path', { source: ROUTES, api }, async () => {
    expect(await routeOf('GET', '/pets/cat/1')).to.deep.equal(['GET /pets/{proxy+}', { proxy: 'cat/1' }]);
  });
  check('http-route-any', 'ANY takes every method', { source: ROUTES, api }, async () => {
    expect(await routeOf('PATCH', '/all/5')).to.deep.equal(['ANY /all/{proxy+}', { proxy: '5' }]);
  });
  check(
    'http-route-none',
    'A path without a route is answered with 404 {"message":"Not Found"}',
    { source: ROUTES, api },
    async () => {
      expect(await askHttp('/nowhere')).to.deep.include(notFound);
    },
  );
  check(
    'http-route-method',
    'So is a method without a route, not with 405',
    { source: ROUTES, confirmed: false, api },
    async () => {
      expect(await askHttp('/slow', { method: 'POST' })).to.deep.include(notFound);
    },
  );
  check(
    'http-route-slash',
    'A slash at the end makes another path',
    { source: ROUTES, confirmed: false, api },
    async () => {
      expect(await askHttp('/echo/')).to.deep.include(notFound);
    },
  );
  check(
    'http-route-greedy-empty',
    'A greedy parameter takes at least one character',
    { source: ROUTES, confirmed: false, api },
    async () => {
      expect(await askHttp('/all/')).to.deep.include(notFound);
    },
  );
};

const stages = () => {
  check('http-stage-default', 'The stage $default has the root of the API', { source: ROUTES, api }, async () => {
    const { json } = await askHttp('/echo');
    expect([json.requestContext.stage, json.rawPath]).to.deep.equal(['$default', '/echo']);
  });
  check(
    'http-stage-named',
    'A stage that the path begins with comes before $default, and stays in rawPath',
    { source: `${ROUTES}; floci-io/floci issue 2172 (captured)`, api },
    async () => {
      const { json } = await askHttp('/named/echo');
      expect([json.requestContext.stage, json.rawPath, json.routeKey]).to.deep.equal([
        'named',
        '/named/echo',
        'ANY /echo',
      ]);
    },
  );
  check('http-stage-variables', 'The event has the stage’s variables', { source: LAMBDA, api }, async () => {
    expect((await askHttp('/echo')).json.stageVariables).to.deep.equal({ colour: 'blue' });
  });
};

export function httpRouteChecks(): void {
  section('HTTP API: routes', priority);
  section('HTTP API: stages', stages);
}
