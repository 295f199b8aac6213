import { CloudwatchLogGroup } from '@cdktf/provider-aws/lib/cloudwatch-log-group/index.js';
import { TerraformCount, Token } from 'cdktf';
import { Construct } from 'constructs';

/**
 * What a line of the WebSocket API's access log holds, by field: variables of API Gateway. None can hold the query string, a header, a
 * message or a token; an address or a person's ID neither.
 *
 * There is no connection ID: it is what a message is sent to, so our logs have only its hash. `requestId` stands in
 * every line that a function logs of the same request, beside that hash.
 * @see Amazon API Gateway, "Configure logging for WebSocket APIs in API Gateway"
 */
export const accessLogFields = {
  requestId: '$context.requestId', // AWS demands it
  extendedRequestId: '$context.extendedRequestId',
  requestTimeMs: '$context.requestTimeEpoch',
  connectedAtMs: '$context.connectedAt',
  eventType: '$context.eventType',
  routeKey: '$context.routeKey',
  status: '$context.status',
  // The kind of API Gateway's own error. Its message is left out: it may quote what was sent.
  errorType: '$context.error.responseType',
  integrationStatus: '$context.integrationStatus',
  integrationError: '$context.integration.error',
  integrationLatencyMs: '$context.integrationLatency',
  authorizerStatus: '$context.authorizer.status',
  // "Unauthorized", or why the keys cannot be had: the authorizer throws nothing that quotes the token.
  authorizerError: '$context.authorizer.error',
  authorizerLatencyMs: '$context.authorizer.latency',
} as const;

export interface AccessLogProps {
  readonly name: string;
  /** What a line holds: variables of API Gateway, by field. */
  readonly fields: Readonly<Record<string, string>>;
  /** Days; a Terraform expression. */
  readonly retentionDays: string;
  /** ARN; a Terraform expression that may be null. */
  readonly kmsKeyId?: string;
}

/** The log group of a stage's access log, if the variable `access_logs` wants one. */
export class AccessLog extends Construct {
  /** For `dynamic.access_log_settings` of the stage: one block, or none. */
  readonly stageSettings: Readonly<Record<string, unknown>>;

  constructor(scope: Construct, id: string, { name, fields, retentionDays, kmsKeyId }: AccessLogProps) {
    super(scope, id);
    const group = new CloudwatchLogGroup(this, 'group', {
      count: TerraformCount.of(Token.asNumber(`\${var.access_logs ? 1 : 0}`)),
      name,
      retentionInDays: Token.asNumber(retentionDays),
      ...(kmsKeyId !== undefined && { kmsKeyId }),
    });
    this.stageSettings = {
      for_each: `\${${group.fqn}[*].arn}`,
      content: {
        destination_arn: `\${access_log_settings.value}`,
        // A line of JSON. Every value is quoted: API Gateway writes a bare - for what there is not.
        format: JSON.stringify(fields),
      },
    };
  }
}
