import { Apigatewayv2Integration } from '@cdktf/provider-aws/lib/apigatewayv2-integration/index.js';
import { Construct } from 'constructs';
import type { HttpApi } from './http-api.ts';
import type { LambdaFunction } from './lambda-function.ts';

/**
 * Seconds that API Gateway waits for an integration of an HTTP API, at most. Not raisable.
 * @see Amazon API Gateway Developer Guide, "Quotas for configuring and running an HTTP API in API Gateway"
 */
export const httpTimeoutSeconds = 30;

export interface HttpIntegrationProps {
  readonly api: HttpApi;
  readonly handler: LambdaFunction;
}

/** One Lambda as a target of an HTTP API's routes. It gets requests in the payload format 2.0. */
export class HttpIntegration extends Construct {
  readonly api: HttpApi;
  readonly handler: LambdaFunction;
  readonly integration: Apigatewayv2Integration;

  constructor(scope: Construct, id: string, { api, handler }: HttpIntegrationProps) {
    super(scope, id);
    if (handler.timeoutSeconds > httpTimeoutSeconds) {
      throw new Error(
        `${this.node.path}: API Gateway gives up after ${httpTimeoutSeconds} s, ` +
          `but ${handler.node.path} may run for ${handler.timeoutSeconds} s`,
      );
    }
    this.api = api;
    this.handler = handler;
    this.integration = new Apigatewayv2Integration(this, 'integration', {
      apiId: api.id,
      integrationType: 'AWS_PROXY',
      integrationMethod: 'POST', // Lambda takes no other, whatever the caller does
      integrationUri: handler.function.invokeArn,
      payloadFormatVersion: '2.0',
      timeoutMilliseconds: httpTimeoutSeconds * 1000,
    });
  }
}
