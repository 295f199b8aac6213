import { TerraformLocal } from 'cdktf';
import { Construct } from 'constructs';
import { project } from './environments.ts';
import type { Tables } from './tables.ts';

/**
 * The EventBridge bus that an environment's lifecycle events go to: the one that `event_bus_name` names, which exists
 * already, in the account and Region of the stack. Nothing is made.
 */
export class LifecycleEvents extends Construct {
  /** Name of the bus; a Terraform expression. */
  readonly busName = `\${var.event_bus_name}`;
  readonly busArn: string;
  /** What the events have for a source. */
  readonly source: string;

  constructor(scope: Construct, id: string, { environment, tables }: { environment: string; tables: Tables }) {
    super(scope, id);
    const { fqn, nameInput } = tables.sessions;
    // Terraform knows the account by the ARN of a table. A local value, since an expression with quotes cannot stand in
    // the JSON of a policy.
    const local = new TerraformLocal(
      this,
      'bus-arn',
      `\${replace(replace(${fqn}.arn, ":dynamodb:", ":events:"), "table/${nameInput}", "event-bus/\${var.event_bus_name}")}`,
    );
    local.overrideLogicalId('event_bus_arn');
    this.busArn = local.asString;
    this.source = `${project}.${environment}`;
  }
}
