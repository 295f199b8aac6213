import type { HandshakeRequest } from './events.ts';

/**
 * Compiles an authorizer's identity sources. The result says whether a request has a value for every one of them; if
 * not, API Gateway refuses it with 401 without asking the authorizer. Names of headers match in any case.
 *
 * `route.request.…` is the documented form. `$request.…` (HTTP APIs) is UNCONFIRMED on WebSocket APIs; both are taken.
 * @throws {Error} an expression of neither form
 * @see facts page, section 3
 */
export function compileIdentitySources(sources: readonly string[]): (request: HandshakeRequest) => boolean {
  const readers = sources.map(compile);
  return (request) => readers.every((read) => read(request) !== '');
}

function compile(source: string): (request: HandshakeRequest) => string {
  const [, place, name = ''] =
    /^(?:route\.|\$)?(request\.header|request\.querystring|stageVariables)\.(.+)$/.exec(source) ?? [];
  switch (place) {
    case 'request.header': {
      const wanted = name.toLowerCase();
      return ({ headers }) => Object.entries(headers).find(([header]) => header.toLowerCase() === wanted)?.[1] ?? '';
    }
    case 'request.querystring':
      return ({ query }) => query?.single[name] ?? '';
    case 'stageVariables':
      return ({ stageVariables }) => stageVariables[name] ?? '';
    default:
      throw new Error(
        `identity source ${source}: write route.request.header.<name> or route.request.querystring.<name>`,
      );
  }
}
