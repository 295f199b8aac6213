import { expect } from 'chai';
import { readStack } from './support.ts';

/** As API Gateway has it on the stage, if the variable `access_logs` wants a log. */
interface StageSettings {
  readonly access_log_settings: { readonly for_each: string; readonly content: { readonly format: string } };
}

const stack = readStack('dev');

/** The access log of one of the two stages. */
function accessLogOf(stagePlace: string) {
  const { dynamic } = stack.resources('aws_apigatewayv2_stage')[stagePlace] ?? {};
  const { access_log_settings: settings } = dynamic as StageSettings;
  return { settings, fields: JSON.parse(settings.content.format) as Record<string, string> };
}

const leaky =
  /path|query|header|identity|sourceIp|requestOverride|principalId|claims|connectionId|message|protocol|userAgent/i;

describe('the access log of the WebSocket API', () => {
  const { settings, fields } = accessLogOf('stage/stage');

  it('is off unless it is wanted', () => {
    const groups = stack.resources('aws_cloudwatch_log_group');
    expect(groups['access-log/group']).to.include({
      name: '/aws/apigateway/sessions-dev',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Terraform's
      count: '${var.access_logs ? 1 : 0}',
    });
    expect(stack.json.variable.access_logs).to.include({ type: 'bool', default: false });
  });

  it('is a line of JSON of single variables, as long as API Gateway takes, with the ID that AWS demands', () => {
    expect(settings.content.format).to.not.include('\n');
    expect(settings.content.format.length).to.be.below(1024);
    for (const variable of Object.values(fields)) expect(variable).to.match(/^\$context(\.[A-Za-z]+)+$/);
    expect(fields.requestId).to.equal('$context.requestId');
  });

  /**
   * A list of what is allowed: the path and query (listeners' parameters), headers and subprotocols (tokens),
   * addresses, people, connection IDs (whoever has one can be sent to) and quoted messages are none of it.
   */
  it('has no field that can hold a token, the query string, an address, a person or a message', () => {
    expect(new Set(Object.values(fields))).to.deep.equal(
      new Set([
        '$context.requestId',
        '$context.extendedRequestId',
        '$context.requestTimeEpoch',
        '$context.connectedAt',
        '$context.eventType',
        '$context.routeKey',
        '$context.status',
        '$context.error.responseType',
        '$context.integrationStatus',
        '$context.integration.error',
        '$context.integrationLatency',
        '$context.authorizer.status',
        '$context.authorizer.error',
        '$context.authorizer.latency',
      ]),
    );
    expect(Object.values(fields).filter((variable) => leaky.test(variable))).to.deep.equal([]);
  });

  it('goes to its own group', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Terraform's
    expect(settings.content).to.have.property('destination_arn', '${access_log_settings.value}');
    expect(settings.for_each).to.match(/^\$\{aws_cloudwatch_log_group\.access-log_group_\w+\[\*\]\.arn\}$/);
  });
});

describe('the access log of the HTTP API', () => {
  const { settings, fields } = accessLogOf('http/stage/stage');

  it('is off unless it is wanted, and goes to its own group', () => {
    expect(stack.resources('aws_cloudwatch_log_group')['http/access-log/group']).to.include({
      name: '/aws/apigateway/sessions-dev-http',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Terraform's
      count: '${var.access_logs ? 1 : 0}',
    });
    expect(settings.for_each).to.match(/^\$\{aws_cloudwatch_log_group\.http_access-log_group_\w+\[\*\]\.arn\}$/);
  });

  it('is a line of JSON of variables that an HTTP API has, none of which can hold what is secret or personal', () => {
    expect(settings.content.format).to.not.include('\n');
    expect(new Set(Object.values(fields))).to.deep.equal(
      new Set([
        '$context.requestId',
        '$context.requestTimeEpoch',
        '$context.routeKey',
        '$context.status',
        '$context.error.responseType',
        '$context.integrationStatus',
        '$context.integration.error',
        '$context.integrationLatency',
        '$context.responseLatency',
        '$context.responseLength',
      ]),
    );
    expect(
      Object.values(fields).filter((variable) => leaky.test(variable) || /authorizer/.test(variable)),
    ).to.deep.equal([]);
  });
});
