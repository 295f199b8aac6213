import { expect } from 'chai';
import { losses, requireAllowed } from '../../../scripts/production/guard.ts';

describe('the guard of production', () => {
  const change = (address: string, ...actions: string[]) => ({ address, change: { actions } });

  it('sees an API, a table and a user pool go, however that is planned', () => {
    const lost = losses({
      resource_changes: [
        change('aws_apigatewayv2_api.api', 'create', 'delete'),
        change('aws_dynamodb_table.sessions', 'delete', 'create'),
        change('aws_dynamodb_table.connections', 'update'),
        change('aws_dynamodb_table.new', 'create'),
        change('module.users.aws_cognito_user_pool.pool[0]', 'delete'),
        change('aws_cognito_user_pool_client.client', 'delete', 'create'),
        change('aws_lambda_function.sweeper', 'delete', 'create'),
      ],
    });
    expect(lost).to.deep.equal([
      'aws_apigatewayv2_api.api',
      'aws_dynamodb_table.sessions',
      'module.users.aws_cognito_user_pool.pool[0]',
    ]);
  });

  it('lets go what was named, that and nothing else', () => {
    const table = 'aws_dynamodb_table.sessions';
    expect(() => requireAllowed([], [])).to.not.throw();
    expect(() => requireAllowed([table], [table])).to.not.throw();
    expect(() => requireAllowed([table, 'aws_apigatewayv2_api.api'], [table])).to.throw(
      /^the plan deletes or replaces aws_apigatewayv2_api\.api, and what is in it is lost\. /,
    );
    expect(() => requireAllowed([], [table])).to.throw(
      '--allow-replace names aws_dynamodb_table.sessions, which this plan neither deletes nor replaces',
    );
  });
});
