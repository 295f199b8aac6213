import { StackResourceError } from './stack/errors.ts';
import type { Stack } from './stack/model.ts';

/**
 * The HTTP API of a stack: it has a port of its own, and one is enough for it.
 * @returns undefined: the stack has none; `path`: of its `$default` stage, or else of its first one
 * @throws {StackResourceError} there are several, or it has no stage
 */
export function onlyHttpApi({ httpApis }: Stack) {
  const [api] = httpApis;
  if (httpApis.length > 1) {
    throw new StackResourceError(
      'aws_apigatewayv2_api',
      `the stack has ${httpApis.length} HTTP APIs, and one can be run`,
    );
  }
  if (!api) return undefined;
  const stage = api.stages.find(({ name }) => name === '$default') ?? api.stages[0];
  if (!stage) throw new StackResourceError('aws_apigatewayv2_stage', `the API ${api.name} has no stage`);
  return { api, path: stage.name === '$default' ? '' : `/${stage.name}` };
}

/**
 * The WebSocket API of a stack, and the name of its first stage: one port serves one API.
 * @throws {StackResourceError} there is none, there are several, or it has no stage
 */
export function onlyApi({ apis }: Stack) {
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
