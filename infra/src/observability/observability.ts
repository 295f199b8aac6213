import { Construct } from 'constructs';
import { alarmsOf } from './alarms.ts';
import { Budget } from './budget.ts';
import { Dashboard } from './dashboard.ts';
import { MetricAlarm } from './metric-alarm.ts';
import { Notification } from './notification.ts';
import type { Observed } from './observed.ts';

export interface ObservabilityProps {
  /** Goes before the names of the alarms; the name of the dashboard. */
  readonly name: string;
  readonly observed: Observed;
  /** A Terraform expression. */
  readonly region: string;
  /** ARN; a Terraform expression that may be null. Encrypts the topic. */
  readonly kmsKeyId?: string;
}

/** The eyes of an environment: alarms, whom they notify, the budget, and the dashboard. */
export class Observability extends Construct {
  /** Address of the dashboard in the console. */
  readonly dashboardUrl: string;

  constructor(scope: Construct, id: string, { name, observed, region, kmsKeyId }: ObservabilityProps) {
    super(scope, id);
    const { topicArns } = new Notification(this, 'notification', {
      name: `${name}-alarms`,
      ...(kmsKeyId !== undefined && { kmsKeyId }),
    });
    for (const alarm of alarmsOf(observed)) {
      const parts = [alarm.key, alarm.of].filter((part) => part !== undefined);
      new MetricAlarm(this, parts.join('-'), { namePrefix: name, alarm, topicArns });
    }
    new Budget(this, 'budget', { name, environment: observed.environment });
    this.dashboardUrl = new Dashboard(this, 'dashboard', { name, observed, region }).url;
  }
}
