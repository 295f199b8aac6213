import { Apigatewayv2Integration } from '@cdktf/provider-aws/lib/apigatewayv2-integration/index.js';
import { Construct } from 'constructs';
import type { LambdaFunction } from './lambda-function.ts';
import type { WebSocketApi } from './web-socket-api.ts';

/** Seconds that API Gateway waits for an integration, at most. Not raisable for WebSocket APIs. */
export const integrationTimeoutSeconds = 29;

export interface WebSocketIntegrationProps {
  readonly api: WebSocketApi;
  readonly handler: LambdaFunction;
}

/** One Lambda as a target of a WebSocket API's routes. */
export class WebSocketIntegration extends Construct {
  readonly api: WebSocketApi;
  readonly handler: LambdaFunction;
  readonly integration: Apigatewayv2Integration;

  constructor(scope: Construct, id: string, { api, handler }: WebSocketIntegrationProps) {
    super(scope, id);
    if (handler.timeoutSeconds > integrationTimeoutSeconds) {
      throw new Error(
        `${this.node.path}: API Gateway gives up after ${integrationTimeoutSeconds} s, ` +
          `but ${handler.node.path} may run for ${handler.timeoutSeconds} s`,
      );
    }
    this.api = api;
    this.handler = handler;
    this.integration = new Apigatewayv2Integration(this, 'integration', {
      apiId: api.id,
      integrationType: 'AWS_PROXY',
      integrationMethod: 'POST', // Lambda takes no other, whatever the client does
      integrationUri: handler.function.invokeArn,
    });
  }
}
