// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Terraform's templates
import { DeleteConnectionCommand, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { BatchWriteItemCommand, GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { expect } from 'chai';
import { type LocalStackOptions, startLocalStack } from '../../src/index.ts';
import { ask, connect, nextMessage, startShop, stopAll } from '../local-stack/set-up.ts';
import { failureOf, removeTemporaryFolders } from '../stack/set-up.ts';
import { clients, clientsOfFunction, refusalOf, shopMay, writeShopWith, writeShopWithPolicy } from './set-up.ts';

const order = { orderId: { S: 'o1' }, day: { N: '5' } };
const getOrder = new GetItemCommand({ TableName: 'shop-orders', Key: { orderId: { S: 'o1' } } });
const putOrder = new PutItemCommand({ TableName: 'shop-orders', Item: order });
const writeOrders = (...tables: string[]) =>
  new BatchWriteItemCommand({
    RequestItems: Object.fromEntries(tables.map((table) => [table, [{ PutRequest: { Item: order } }]])),
  });
const queryOrders = (indexName?: string) =>
  new QueryCommand({
    TableName: 'shop-orders',
    ...(indexName === undefined ? {} : { IndexName: indexName }),
    KeyConditionExpression: indexName === undefined ? 'orderId = :v' : '#d = :v',
    ...(indexName === undefined ? {} : { ExpressionAttributeNames: { '#d': 'day' } }),
    ExpressionAttributeValues: { ':v': indexName === undefined ? { S: 'o1' } : { N: '5' } },
  });

const user = 'arn:aws:sts::000000000000:assumed-role/shop-buy/shop-buy';
const table = 'arn:aws:dynamodb:eu-west-1:000000000000:table/shop-orders';

/** A shop whose function may do only this, and the SDK's clients of that function. */
async function startWith(statements: readonly object[], options: Partial<LocalStackOptions> = {}) {
  const stack = await startShop({ stackFile: writeShopWithPolicy(statements), ...options });
  return { stack, ...(await clientsOfFunction(stack)) };
}

describe('IAM in a local stack', () => {
  afterEach(stopAll);
  after(removeTemporaryFolders);

  it('lets a function do what its role allows', async () => {
    const { stack, dynamoDb, lambda, management } = await startWith(Object.values(shopMay));
    const socket = await connect(stack.webSocketUrl);
    const [, connection] = stack.gateway.connections();
    const message = nextMessage(socket);

    await dynamoDb.send(writeOrders('shop-orders'));
    const { Items } = await dynamoDb.send(queryOrders('by-day'));
    await lambda.send(new InvokeCommand({ FunctionName: 'shop-buy', Payload: '{"ping":1}' }));
    await management.send(new PostToConnectionCommand({ ConnectionId: connection?.connectionId, Data: 'hello' }));

    expect(Items).to.deep.equal([order]);
    expect(await message).to.equal('hello');
  });

  it('denies a call of DynamoDB that no policy allows', async () => {
    const { dynamoDb } = await startWith([shopMay.read]);

    await dynamoDb.send(getOrder);
    expect(await refusalOf(dynamoDb.send(putOrder))).to.deep.equal({
      name: 'AccessDeniedException',
      message: `User: ${user} is not authorized to perform: dynamodb:PutItem on resource: ${table} because no identity-based policy allows the dynamodb:PutItem action`,
      status: 400,
    });
  });

  it('denies what a policy denies, though another allows it', async () => {
    const { dynamoDb } = await startWith([
      { Effect: 'Allow', Action: 'dynamodb:*', Resource: '*' },
      { Effect: 'Deny', Action: 'dynamodb:PutItem', Resource: '*' },
    ]);

    await dynamoDb.send(getOrder);
    expect(await refusalOf(dynamoDb.send(putOrder))).to.deep.equal({
      name: 'AccessDeniedException',
      message: `User: ${user} is not authorized to perform: dynamodb:PutItem on resource: ${table} with an explicit deny in an identity-based policy`,
      status: 400,
    });
  });

  it('tells a table from its indexes', async () => {
    const { dynamoDb } = await startWith([shopMay.search]);

    await dynamoDb.send(queryOrders('by-day'));
    expect((await refusalOf(dynamoDb.send(queryOrders()))).message).to.contain(`on resource: ${table} because`);
  });

  it('wants every table of a batch to be allowed', async () => {
    const { dynamoDb } = await startWith([shopMay.write]);

    await dynamoDb.send(writeOrders('shop-orders'));
    const { message } = await refusalOf(dynamoDb.send(writeOrders('shop-orders', 'shop-secrets')));
    expect(message).to.contain(
      'dynamodb:BatchWriteItem on resource: arn:aws:dynamodb:eu-west-1:000000000000:table/shop-secrets',
    );
  });

  it('denies an invocation that no policy allows', async () => {
    const { lambda } = await startWith([shopMay.read]);

    expect(await refusalOf(lambda.send(new InvokeCommand({ FunctionName: 'shop-buy' })))).to.deep.equal({
      name: 'AccessDeniedException',
      message: `User: ${user} is not authorized to perform: lambda:InvokeFunction on resource: arn:aws:lambda:eu-west-1:000000000000:function:shop-buy because no identity-based policy allows the lambda:InvokeFunction action`,
      status: 403,
    });
  });

  it('allows the verbs of @connections one by one', async () => {
    const { stack, management } = await startWith([shopMay.post]);
    const [connection] = stack.gateway.connections();
    const ConnectionId = connection?.connectionId;

    await management.send(new PostToConnectionCommand({ ConnectionId, Data: 'hello' }));
    const refusal = await refusalOf(management.send(new DeleteConnectionCommand({ ConnectionId })));

    expect(refusal).to.include({ name: 'ForbiddenException', status: 403 });
    expect(refusal.message).to.equal(
      `User: ${user} is not authorized to perform: execute-api:ManageConnections on resource: arn:aws:execute-api:eu-west-1:000000000000:${stack.stack.apis[0]?.id}/dev/DELETE/@connections/${ConnectionId} because no identity-based policy allows the execute-api:ManageConnections action`,
    );
    expect(stack.gateway.connections()).to.have.length(1);
  });

  it('lets the operator do everything', async () => {
    const { stack } = await startWith([]);
    const { dynamoDb, lambda } = clients(stack, stack.credentials);

    await dynamoDb.send(putOrder);
    await lambda.send(new InvokeCommand({ FunctionName: 'shop-buy', Payload: '{"ping":1}' }));
  });

  it('is switched off only by a word', async () => {
    const { dynamoDb } = await startWith([], { iam: 'off' });

    await dynamoDb.send(putOrder);
  });

  it('answers 500 to a handshake whose function API Gateway may not invoke', async () => {
    const stackFile = writeShopWith(({ aws_lambda_permission: permissions }) => delete permissions?.connect);
    const { webSocketUrl } = await startShop({ stackFile });

    expect((await refusalOf(connect(webSocketUrl))).message).to.equal('Unexpected server response: 500');
  });

  it('answers an error frame to a message whose function API Gateway may not invoke', async () => {
    const stackFile = writeShopWith(({ aws_lambda_permission: permissions }) => {
      Object.assign(permissions?.buy ?? {}, { source_arn: '${aws_apigatewayv2_api.shop.execution_arn}/dev/sell' });
    });
    const { webSocketUrl } = await startShop({ stackFile });

    const answer = JSON.parse(await ask(await connect(webSocketUrl), { action: 'buy', env: 'TABLE' }));
    expect(answer.message).to.equal('Internal server error');
  });

  it('lets a schedule run only with a permission for that very rule, and of that account', async () => {
    const outcomeWith = async (changes: object) => {
      const stackFile = writeShopWith(({ aws_lambda_permission: permissions }) => {
        Object.assign(permissions?.schedule ?? {}, changes);
      });
      const [run] = await (await startShop({ stackFile })).schedules.run();
      return run?.outcome.kind;
    };

    expect(await outcomeWith({})).to.equal('returned');
    expect(await outcomeWith({ source_account: '000000000000' })).to.equal('returned');
    expect(await outcomeWith({ source_account: '111111111111' })).to.equal('forbidden');
    expect(await outcomeWith({ source_arn: '${aws_cloudwatch_event_rule.nightly.arn}x' })).to.equal('forbidden');
  });

  it('refuses to start with a role that Lambda cannot assume', async () => {
    const stackFile = writeShopWith(({ aws_iam_role: roles }) => {
      const Principal = { Service: ['events.amazonaws.com', 'scheduler.amazonaws.com'] };
      const policy = { Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal }] };
      Object.assign(roles?.buy ?? {}, { assume_role_policy: JSON.stringify(policy) });
    });

    expect(await failureOf(startLocalStack({ stackFile }))).to.equal(
      'StackResourceError: aws_iam_role.buy.assume_role_policy: The role defined for the function shop-buy cannot be assumed by Lambda (allow sts:AssumeRole to lambda.amazonaws.com)',
    );
  });

  it('refuses to start with a policy that it cannot evaluate', async () => {
    const failureWith = (statement: object) =>
      failureOf(startLocalStack({ stackFile: writeShopWithPolicy([{ ...shopMay.read, ...statement }]) }));
    const remedy = "so IAM cannot be enforced (iam: 'off' switches it off)";

    expect(await failureWith({ Condition: { StringMatches: { 'aws:RequestedRegion': 'x' } } })).to.equal(
      `StackResourceError: aws_iam_role_policy.buy.policy statement 1: the condition operator StringMatches is not known here, ${remedy}`,
    );
    expect(await failureWith({ Sid: 'Mine', Condition: { StringEquals: { 'aws:PrincipalTag/x': 'y' } } })).to.equal(
      `StackResourceError: aws_iam_role_policy.buy.policy statement Mine: the condition key aws:principaltag/x is not known here, ${remedy}`,
    );
    expect(await failureWith({ Resource: '$${aws:PrincipalAccount}' })).to.equal(
      `StackResourceError: aws_iam_role_policy.buy.policy statement 1: the policy variable \${aws:PrincipalAccount} is not known here, ${remedy}`,
    );
  });

  it('loses what a function logs without the right to, and says so once', async () => {
    const lines: string[] = [];
    const errors: unknown[] = [];
    const observers = {
      onLog: ({ line }: { line: string }) => lines.push(line),
      onError: (e: unknown) => errors.push(e),
    };
    const stackFile = writeShopWith((resource) => {
      resource.aws_iam_role_policy_attachment = {};
    });
    const { webSocketUrl } = await startShop({ stackFile, ...observers });
    const socket = await connect(webSocketUrl);

    // A message that is no JSON makes the function fail, and print why.
    for (const text of ['', '']) {
      const answer = nextMessage(socket);
      socket.send(JSON.stringify({ action: 'buy', text }));
      expect(JSON.parse(await answer).message).to.equal('Internal server error');
    }

    expect(lines).to.deep.equal([]);
    expect(errors).to.have.length(1);
    expect(errors[0]).to.match(
      /^What shop-buy logs is lost: User: .* is not authorized to perform: logs:CreateLogStream on resource: arn:aws:logs:eu-west-1:000000000000:log-group:\/aws\/lambda\/shop-buy:log-stream:/,
    );
  });
});
