interface Budgets {
  readonly Budgets?: readonly { readonly BudgetName: string; readonly BudgetLimit: { Amount: string; Unit: string } }[];
}

/** The budgets of an account, as texts. */
export async function readBudgets(endpoint: string, AccountId: string): Promise<string[]> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AWSBudgetServiceGateway.DescribeBudgets',
      authorization: 'AWS4-HMAC-SHA256 Credential=none/20260101/us-east-1/budgets/aws4_request',
    },
    body: JSON.stringify({ AccountId }),
  });
  const { Budgets = [] } = (await response.json()) as Budgets;
  return Budgets.map(({ BudgetName, BudgetLimit: { Amount, Unit } }) => `${BudgetName}: ${Amount} ${Unit}`);
}
