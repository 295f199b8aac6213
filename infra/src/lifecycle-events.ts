import { TerraformLocal } from 'cdktf';
import { Construct } from 'constructs';
import { type EnvironmentName, project, stackNameOf } from './environments.ts';
import type { Tables } from './tables.ts';

/**
 * The EventBridge bus that an environment's lifecycle events go to: the one that `event_bus_name` names, which exists
 * already, in the account and Region of the stack. Nothing is made.
 */
export class LifecycleEvents extends Construct {
  /** Name of the bus; a Terraform expression. */
  readonly busName = `\${var.event_bus_name}`;
  readonly busArn: string;
  /** What a policy names for rules of subscribers: their names begin with `<prefix>-events-`. */
  readonly rulesArn: string;
  /** What the events have for a source. */
  readonly source: string;

  constructor(scope: Construct, id: string, { environment, tables }: { environment: EnvironmentName; tables: Tables }) {
    super(scope, id);
    const { fqn, nameInput } = tables.sessions;
    // Terraform knows the account by the ARN of a table. A local value, since an expression with quotes cannot stand in
    // the JSON of a policy.
    const local = (name: string, localId: string, resource: string): string => {
      const value = new TerraformLocal(
        this,
        localId,
        `\${replace(replace(${fqn}.arn, ":dynamodb:", ":events:"), "table/${nameInput}", ${resource})}`,
      );
      value.overrideLogicalId(name);
      return value.asString;
    };
    this.busArn = local('event_bus_arn', 'bus-arn', `"event-bus/\${var.event_bus_name}"`);
    // Of another bus than the default one, the rules have its name in their ARNs.
    const bus = `\${var.event_bus_name == "default" ? "" : join("", [var.event_bus_name, "/"])}`;
    this.rulesArn = local('event_rules_arn', 'rules-arn', `"rule/${bus}${stackNameOf(environment)}-events-*"`);
    this.source = `${project}.${environment}`;
  }
}
