import type { TerraformStack } from 'cdktf';

/** Terraform's `check` blocks, by name. A check that fails is a warning in every plan, and stops nothing. */
const checks = {
  access_logs: {
    condition: 'var.access_logs',
    message:
      'access_logs is false: after an incident, nothing tells which requests API Gateway refused. Set access_logs = true (manage_api_gateway_account too, if no stack or person set the logging role of this account and Region).',
  },
  alarm_address: {
    condition: 'var.alarm_email != "" || var.alarm_topic_arn != ""',
    message: 'alarm_email and alarm_topic_arn are empty: alarms change colour, and notify no one. Set one of the two.',
  },
};

/** Warns in the plan of what production can do without, and should not. */
export function warnOfMissingObservability(stack: TerraformStack): void {
  for (const [name, { condition, message }] of Object.entries(checks)) {
    stack.addOverride(`check.${name}.assert`, { condition: `\${${condition}}`, error_message: message });
  }
}
