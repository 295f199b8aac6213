import { BudgetsBudget } from '@cdktf/provider-aws/lib/budgets-budget/index.js';
import { TerraformCount, Token } from 'cdktf';
import { Construct } from 'constructs';

export interface BudgetProps {
  readonly name: string;
  /** Value of the tag `Environment`, which the stack puts on everything. */
  readonly environment: string;
}

/** When the addresses of the alarms are notified: in percent of the limit. */
const notifications = [
  { type: 'ACTUAL', percent: 80 },
  { type: 'ACTUAL', percent: 100 },
  { type: 'FORECASTED', percent: 100 },
] as const;

/**
 * A monthly AWS Budget, if the variable `monthly_budget_usd` gives a limit. It watches the whole account unless
 * `monthly_budget_scope` says otherwise: a budget by tag stays at 0 until the tag is activated for cost allocation.
 */
export class Budget extends Construct {
  constructor(scope: Construct, id: string, { name, environment }: BudgetProps) {
    super(scope, id);
    const budget = new BudgetsBudget(this, 'budget', {
      count: TerraformCount.of(Token.asNumber(`\${var.monthly_budget_usd > 0 ? 1 : 0}`)),
      name,
      budgetType: 'COST',
      timeUnit: 'MONTHLY',
      limitAmount: `\${tostring(var.monthly_budget_usd)}`,
      limitUnit: 'USD',
      // Budgets writes e-mails itself: the topic of the alarms, which only CloudWatch may use, is not needed.
      notification: notifications.map(({ type, percent }) => ({
        notificationType: type,
        comparisonOperator: 'GREATER_THAN',
        threshold: percent,
        thresholdType: 'PERCENTAGE',
        subscriberEmailAddresses: Token.asList(`\${compact([var.alarm_email])}`),
        subscriberSnsTopicArns: Token.asList(`\${compact([var.alarm_topic_arn])}`),
      })),
    });
    budget.addOverride('dynamic.cost_filter', {
      for_each: `\${var.monthly_budget_scope == "environment" ? ["TagKeyValue"] : []}`,
      content: { name: `\${cost_filter.value}`, values: [`user:Environment$${environment}`] },
    });
  }
}
