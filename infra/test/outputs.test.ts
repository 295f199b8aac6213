import { expect } from 'chai';
import { readStack, type Values } from './support.ts';

describe('what a stack tells other systems', () => {
  const stack = readStack('staging');
  const parameters: Record<string, Values> = stack.resources('aws_ssm_parameter');

  it('is where it is, what it keeps, who may speak and how it does', () => {
    expect(Object.keys(stack.json.output)).to.have.members([
      'websocket_url',
      'management_endpoint',
      'api_id',
      'custom_domain_target',
      'http_api_url',
      'http_api_id',
      'http_custom_domain_target',
      'publish_policy',
      'pipeline_policy',
      'sessions_table_name',
      'sessions_table_arn',
      'sessions_stream_arn',
      'sessions_index_name',
      'sessions_index_arn',
      'connections_table_name',
      'connections_table_arn',
      'connections_index_name',
      'connections_index_arn',
      'rate_limits_table_name',
      'rate_limits_table_arn',
      'messages_table_name',
      'messages_table_arn',
      'session_changes_mapping_id',
      'place_changes_mapping_id',
      'publisher_function_name',
      'notifier_function_name',
      'deliverer_function_name',
      'changes_failed_queue_url',
      'deliveries_failed_queue_url',
      'event_bus_name',
      'event_source',
      'user_pool_id',
      'user_pool_client_id',
      'dashboard_url',
    ]);
  });

  it('is the same in outputs and parameters', () => {
    const raw = Object.values(stack.json.resource.aws_ssm_parameter ?? {}) as Values[];
    const published = Object.fromEntries(raw.map(({ name, value }) => [name, value]));

    expect(published).to.deep.equal(
      Object.fromEntries(
        Object.entries(stack.json.output).map(([name, { value }]) => [`/sessions/staging/${name}`, value]),
      ),
    );
  });

  it('is left out of the parameters where there may be nothing to tell: SSM takes no empty value', () => {
    const conditional = Object.entries(parameters)
      .filter(([, { count }]) => count !== undefined)
      .map(([place, { count }]) => [place, count]);

    expect(conditional).to.have.deep.members([
      ['outputs/custom_domain_target', `\${var.domain_name != "" ? 1 : 0}`],
      ['outputs/http_custom_domain_target', `\${var.http_domain_name != "" ? 1 : 0}`],
      ['outputs/user_pool_id', `\${var.oidc_issuer == "" ? 1 : 0}`],
      ['outputs/user_pool_client_id', `\${var.oidc_issuer == "" ? 1 : 0}`],
    ]);
  });
});
