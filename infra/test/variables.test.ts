import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { renderExample } from '../src/tfvars-example.ts';
import { readStack } from './support.ts';

interface TerraformVariable {
  type: string;
  default: unknown;
  description: string;
  nullable: boolean;
  validation: { condition: string; error_message: string }[];
}

describe('the variables of a stack', () => {
  const variables = readStack('dev').json.variable as unknown as Record<string, TerraformVariable>;

  it('have the defaults of the design', () => {
    const defaults = Object.fromEntries(Object.entries(variables).map(([name, variable]) => [name, variable.default]));

    expect(defaults).to.deep.include({
      aws_region: 'us-east-1',
      lambda_runtime: 'nodejs22.x',
      user_pool_id: '',
      user_pool_client_id: '',
      oidc_issuer: '',
      oidc_audience: '',
      oidc_jwks_uri: '',
      max_listeners_per_session: 500,
      session_max_duration_hours: 2,
      session_id_vocabulary: 'biblical',
      connection_max_duration_hours: 2,
      connection_refresh_minutes: 100,
      connection_warning_minutes: 105,
      heartbeat_interval_seconds: 30,
      heartbeat_timeout_seconds: 90,
      speaker_grace_seconds: 30,
      max_roleless_seconds: 120,
      hmac_key_version: 1,
      event_bus_name: 'default',
      rate_limit_sessions_per_hour: 50,
      rate_limit_connection_attempts_per_min: 12_000,
      rate_limit_wrong_ids_per_min: 30,
      rate_limit_refusals_per_min: 60,
      rate_limit_heartbeats_per_min: 2,
      rate_limit_status_per_min: 12,
      rate_limit_publish_per_min: 120,
      rate_limit_recoveries_per_min: 30,
      history_seconds: 120,
      message_max_age_seconds: 10,
      max_scheduled_sessions: 20,
      http_allowed_origins: [],
      http_throttle_rate_limit: 0,
      http_throttle_burst_limit: 0,
      http_domain_name: '',
      http_certificate_arn: '',
      extra_routes: {},
      stage_throttle_rate_limit: 0,
      stage_throttle_burst_limit: 0,
      ip_address_type: 'ipv4',
      monthly_budget_usd: 0,
      monthly_budget_scope: 'account',
      circuit_breaker_seconds: 30,
      data_retention_hours: 12,
      log_level: 'INFO',
      alarm_email: '',
      alarm_topic_arn: '',
      alarm_session_creation_p95_ms: 2000,
      alarm_listener_join_p95_ms: 2000,
      alarm_heartbeat_p95_ms: 1000,
      alarm_connection_errors: 5,
      alarm_refused_requests: 1000,
      alarm_rate_limits_unavailable: 5,
      alarm_message_failures: 100,
      alarm_message_delivery_p99_ms: 5000,
      alarm_http_api_errors: 5,
      alarm_join_attempts_p99: 5,
      alarm_iterator_age_seconds: 30,
      alarm_function_errors: 3,
      alarm_function_throttles: 1,
      alarm_table_throttles: 10,
      alarm_table_errors: 5,
      alarm_api_execution_errors: 5,
      alarm_api_integration_errors: 100,
      alarm_api_client_errors: 1000,
      active_sessions_limit: 100,
      access_logs: false,
      tracing: false,
    });
  });

  it('say what is allowed, with unit and bounds, and refuse the rest with the same words', () => {
    expect(variables.max_listeners_per_session).to.deep.equal({
      type: 'number',
      default: 500,
      description: 'Capacity of a session. Allowed: a whole number from 1 to 10000 (listeners).',
      nullable: false,
      validation: [
        {
          condition:
            `\${var.max_listeners_per_session >= 1 && var.max_listeners_per_session <= 10000` +
            ' && floor(var.max_listeners_per_session) == var.max_listeners_per_session}',
          error_message: 'max_listeners_per_session must be a whole number from 1 to 10000 (listeners).',
        },
      ],
    });
    for (const [name, { validation }] of Object.entries(variables)) {
      expect(validation, name).to.not.be.empty;
      for (const { error_message } of validation) expect(error_message).to.match(new RegExp(`^${name} must .+\\.$`));
    }
  });

  it('take tenths of a second for durations, and 0 only where it means something', () => {
    expect(variables.heartbeat_interval_seconds?.validation[0]?.condition).to.equal(
      `\${var.heartbeat_interval_seconds >= 0.1 && var.heartbeat_interval_seconds <= 540}`,
    );
    expect(variables.speaker_grace_seconds?.validation[0]?.condition).to.equal(
      `\${var.speaker_grace_seconds >= 0 && var.speaker_grace_seconds <= 3600}`,
    );
  });

  it('are all in terraform.tfvars.example', () => {
    const example = readFileSync(join(import.meta.dirname, '..', '..', 'terraform.tfvars.example'), 'utf8');

    expect(example, 'out of date; run: npm run generate').to.equal(renderExample());
    for (const name of Object.keys(variables)) expect(example).to.include(`\n# ${name} = `);
  });
});
