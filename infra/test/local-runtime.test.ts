import { join } from 'node:path';
import { expect } from 'chai';
import { readStack } from '../../packages/local/src/stack/read-stack.ts';
import { makeFolder, synthesizeInto } from './support.ts';

describe('a stack on one machine', () => {
  let file: string;
  let remove: () => void;
  before(() => {
    const made = makeFolder();
    remove = made.remove;
    synthesizeInto(made.folder, ['prod']);
    file = join(made.folder, 'out', 'stacks', 'sessions-prod', 'cdk.tf.json');
  });
  after(() => remove());

  const read = (variables: Record<string, unknown> = {}) =>
    readStack(file, { variables, apiEndpoint: () => 'ws://127.0.0.1:4510' });

  it('tells where it is', async () => {
    const { outputs, functions } = await read();

    expect(outputs).to.include({
      websocket_url: 'ws://127.0.0.1:4510/prod',
      management_endpoint: 'http://127.0.0.1:4510/prod',
      custom_domain_target: '',
      sessions_table_arn: 'arn:aws:dynamodb:us-east-1:000000000000:table/sessions-prod-sessions',
    });
    expect(functions.map(({ reservedConcurrency }) => reservedConcurrency)).to.deep.equal(Array(11).fill(undefined));
  });

  it('tells what a pipeline must be allowed', async () => {
    const { outputs, functions } = await read({ event_bus_name: 'media' });
    const statements = (name: string) =>
      (JSON.parse(String(outputs[name])) as { Statement: Record<string, unknown>[] }).Statement;
    const publisher = functions.find(({ name }) => name === 'sessions-prod-publisher');
    const httpApiId = String(outputs.http_api_id);

    const publish = [
      {
        Sid: 'PublishByHttp',
        Effect: 'Allow',
        Action: ['execute-api:Invoke'],
        Resource: [`arn:aws:execute-api:us-east-1:000000000000:${httpApiId}/$default/POST/sessions/*/messages`],
      },
      {
        Sid: 'PublishByInvocation',
        Effect: 'Allow',
        Action: ['lambda:InvokeFunction'],
        Resource: [publisher?.arn],
      },
    ];
    const rules = ['arn:aws:events:us-east-1:000000000000:rule/media/sessions-prod-events-*'];
    expect(statements('publish_policy')).to.deep.equal(publish);
    expect(statements('pipeline_policy')).to.deep.equal([
      ...publish,
      {
        Sid: 'RulesForEvents',
        Effect: 'Allow',
        Action: ['events:PutRule'],
        Resource: rules,
        Condition: {
          'ForAllValues:StringEquals': { 'events:source': ['sessions.prod'] },
          Null: { 'events:source': 'false' },
        },
      },
      {
        Sid: 'TargetsOfRules',
        Effect: 'Allow',
        Action: ['events:PutTargets', 'events:RemoveTargets', 'events:DeleteRule', 'events:DescribeRule'],
        Resource: rules,
      },
    ]);
    const onDefaultBus = String((await read()).outputs.pipeline_policy);
    expect(onDefaultBus).to.include('"arn:aws:events:us-east-1:000000000000:rule/sessions-prod-events-*"');
  });

  it('is understood with all that is optional', async () => {
    const { functions, userPools } = await read({
      kms_key_arn: 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
      tags: { Team: 'audio' },
      reserved_concurrency: { heartbeat: 5 },
      manage_api_gateway_account: true,
      access_logs: true,
      tracing: true,
      alarm_email: 'somebody@example.com',
      access_token_minutes: 5,
    });

    const heartbeat = functions.find(({ name }) => name === 'sessions-prod-heartbeat');
    expect(heartbeat?.reservedConcurrency).to.equal(5);
    expect(heartbeat?.role.policies.flatMap(({ Statement }) => Statement).flatMap(({ Action }) => Action)).to.include(
      'kms:Decrypt',
    );
    expect(userPools[0]?.clients[0]?.accessTokenSeconds).to.equal(300);
  });

  it('is refused with one domain for both APIs, which AWS does not map', async () => {
    const ofDomain = 'arn:aws:acm:us-east-1:111122223333:certificate/1234abcd';
    const refusal = await read({
      ...{ domain_name: 'example.com', certificate_arn: ofDomain },
      ...{ http_domain_name: 'example.com', http_certificate_arn: ofDomain },
    }).then(
      () => 'accepted',
      ({ message }: Error) => message,
    );

    expect(refusal).to.include('http_domain_name must be another name than domain_name.');
  });

  it('is refused with a domain, whose deployed API the functions would send to', async () => {
    const refusal = await read({
      domain_name: 'ws.example.com',
      certificate_arn: 'arn:aws:acm:us-east-1:111122223333:certificate/1234abcd',
    }).then(
      () => 'accepted',
      ({ message }: Error) => message,
    );

    expect(refusal).to.match(
      /^aws_apigatewayv2_domain_name\..*\.domain_name: a domain cannot be run here: leave it out$/,
    );
  });
});
