import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { lambdas, makeFolder, readStack, synthesizeInto, type Values } from './support.ts';

describe('a stack', () => {
  const dev = readStack('dev');
  const prod = readStack('prod');

  it('has four on-demand tables that expire their items', () => {
    const tables = dev.resources('aws_dynamodb_table');

    expect(tables['tables/sessions']).to.deep.include({
      name: 'sessions-dev-sessions',
      billing_mode: 'PAY_PER_REQUEST',
      hash_key: 'sessionId',
      range_key: 'part',
      ttl: { attribute_name: 'ttl', enabled: true },
    });
    expect(tables['tables/connections']).to.deep.include({
      name: 'sessions-dev-connections',
      hash_key: 'connectionId',
      ttl: { attribute_name: 'ttl', enabled: true },
    });
    expect(tables['tables/rate-limits']).to.deep.include({
      name: 'sessions-dev-rate-limits',
      hash_key: 'identifier',
      ttl: { attribute_name: 'expiresAt', enabled: true },
    });
    expect(tables['tables/messages']).to.deep.include({
      name: 'sessions-dev-messages',
      hash_key: 'channel',
      range_key: 'offset',
      attribute: [
        { name: 'channel', type: 'S' },
        { name: 'offset', type: 'N' },
      ],
      ttl: { attribute_name: 'ttl', enabled: true },
    });
    expect(Object.keys(tables)).to.have.lengthOf(4);
  });

  it('tells what changed in a session, before and after, and indexes the open ones by speaker', () => {
    expect(dev.resources('aws_dynamodb_table')['tables/sessions']).to.deep.include({
      attribute: [
        { name: 'sessionId', type: 'S' },
        { name: 'part', type: 'S' },
        { name: 'speakerUserId', type: 'S' },
        { name: 'openSince', type: 'N' },
      ],
      stream_enabled: true,
      stream_view_type: 'NEW_AND_OLD_IMAGES',
      global_secondary_index: [
        {
          name: 'speakerUserId-openSince-index',
          hash_key: 'speakerUserId',
          range_key: 'openSince',
          projection_type: 'ALL',
        },
      ],
    });
  });

  it('indexes listeners with what never changes of them, so that a heartbeat writes nothing to the index', () => {
    expect(dev.resources('aws_dynamodb_table')['tables/connections']).to.deep.include({
      attribute: [
        { name: 'connectionId', type: 'S' },
        { name: 'sessionId', type: 'S' },
        { name: 'targetLanguage', type: 'S' },
      ],
      global_secondary_index: [
        {
          name: 'sessionId-targetLanguage-index',
          hash_key: 'sessionId',
          range_key: 'targetLanguage',
          projection_type: 'INCLUDE',
          non_key_attributes: ['role', 'placeShard'],
        },
      ],
    });
  });

  it('protects its data in production, and is disposable in development', () => {
    for (const [stack, protects, retentionHours] of [
      [dev, false, 12],
      [readStack('staging'), false, 12],
      [prod, true, 720],
    ] as const) {
      for (const [place, table] of Object.entries(stack.resources('aws_dynamodb_table'))) {
        expect(table.deletion_protection_enabled).to.equal(`\${var.deletion_protection}`);
        // What was published is content: no backup outlives it.
        const enabled = place === 'tables/messages' ? false : `\${var.point_in_time_recovery}`;
        expect(table.point_in_time_recovery, place).to.deep.equal({ enabled });
      }
      expect(stack.resources('aws_cognito_user_pool')['user-pool/pool']?.deletion_protection).to.equal(
        `\${var.deletion_protection ? "ACTIVE" : "INACTIVE"}`,
      );
      expect(stack.json.variable.deletion_protection?.default).to.equal(protects);
      expect(stack.json.variable.point_in_time_recovery?.default).to.equal(protects);
      expect(stack.json.variable.data_retention_hours?.default).to.equal(retentionHours);
    }
  });

  it('lets Terraform refuse to delete or replace APIs, tables and user pool, in production alone', () => {
    const kinds = ['aws_apigatewayv2_api', 'aws_dynamodb_table', 'aws_cognito_user_pool'];
    const preventing = (stack: typeof dev) =>
      Object.keys(stack.json.resource).flatMap((type) =>
        Object.values(stack.resources(type))
          .filter(({ lifecycle }) => (lifecycle as Values | undefined)?.prevent_destroy !== undefined)
          .map(() => type),
      );

    expect(preventing(dev)).to.deep.equal([]);
    expect(preventing(readStack('staging'))).to.deep.equal([]);
    const others = [...Array<string>(3).fill('aws_dynamodb_table'), 'aws_apigatewayv2_api'];
    expect(preventing(prod)).to.have.members([...kinds, ...others]);
    expect(preventing(readStack('dev', { isProtected: true }))).to.have.lengthOf(7);
    expect(preventing(readStack('prod', { isProtected: false }))).to.deep.equal([]);
  });

  it('is destroyed in the order that lets a protected stack refuse first', () => {
    const guard = prod.resources('terraform_data')['destroy-guard/guard'];
    const everything = Object.values(prod.json.resource).flatMap((resources) => Object.keys(resources));

    expect(guard?.depends_on).to.have.lengthOf(everything.length - 1);
  });

  it('makes a user pool for speakers, in which only an administrator makes users, unless it is given one', () => {
    const count = `\${var.user_pool_id == "" && var.oidc_issuer == "" ? 1 : 0}`;

    expect(dev.resources('aws_cognito_user_pool')['user-pool/pool']).to.deep.include({
      count,
      name: 'sessions-dev',
      admin_create_user_config: { allow_admin_create_user_only: true },
    });
    expect(dev.resources('aws_cognito_user_pool_client')['user-pool/client']).to.deep.include({
      count,
      generate_secret: false,
      explicit_auth_flows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
      access_token_validity: `\${var.access_token_minutes}`,
      refresh_token_validity: `\${var.refresh_token_days}`,
      token_validity_units: [{ access_token: 'minutes', id_token: 'minutes', refresh_token: 'days' }],
      prevent_user_existence_errors: 'ENABLED',
    });
  });

  it('names its resources after its environment', () => {
    const names = [
      ...Object.values(prod.resources('aws_dynamodb_table')).map(({ name }) => name),
      ...Object.values(prod.resources('aws_lambda_function')).map(({ function_name }) => function_name),
      ...Object.values(prod.resources('aws_iam_role')).map(({ name }) => name),
      ...Object.values(prod.resources('aws_apigatewayv2_api')).map(({ name }) => name),
      ...Object.values(prod.resources('aws_sqs_queue')).map(({ name }) => name),
    ];

    expect(names).to.have.lengthOf(4 + 11 + (11 + 1) + 2 + 2);
    for (const name of names) expect(name).to.match(/^sessions-prod(-|$)/);
  });

  it('takes the one AWS provider that the tests run', () => {
    expect(dev.json.terraform).to.deep.include({
      required_version: '>= 1.11.0',
      required_providers: { aws: { source: 'hashicorp/aws', version: '5.100.0' } },
    });
    // What lets CI plan without an account has no place in what is deployed.
    expect(JSON.stringify(dev.json.provider)).to.not.include('skip_');
  });

  it('does not depend on where it was made', () => {
    const first = makeFolder();
    const second = makeFolder();
    try {
      const [one, other] = [first, second].map(({ folder }) => {
        const [stack] = synthesizeInto(folder, ['dev']);
        return readFileSync(stack?.file ?? '', 'utf8').replaceAll(/"path": ".*\.tfstate"/g, '');
      });
      expect(one).to.equal(other);
      expect(one).to.not.include(first.folder);
    } finally {
      first.remove();
      second.remove();
    }
  });

  it('lies in a folder of its own, with its bundles beside it', () => {
    const { folder, remove } = makeFolder();
    try {
      const stacks = synthesizeInto(folder, ['dev', 'staging']);

      expect(stacks.map(({ environment, name }) => [environment, name])).to.deep.equal([
        ['dev', 'sessions-dev'],
        ['staging', 'sessions-staging'],
      ]);
      expect(stacks[1]?.file).to.equal(join(folder, 'out', 'stacks', 'sessions-staging', 'cdk.tf.json'));
      const { resource } = JSON.parse(readFileSync(stacks[0]?.file ?? '', 'utf8'));
      const bundles = Object.values<{ filename: string }>(resource.aws_lambda_function);
      expect(bundles).to.have.lengthOf(lambdas.length);
      for (const { filename } of bundles) expect(existsSync(join(stacks[0]?.folder ?? '', filename))).to.equal(true);
    } finally {
      remove();
    }
  });

  it('says which bundle is missing and what makes it', () => {
    const { folder, remove } = makeFolder(lambdas.filter((name) => name !== 'sweeper'));
    try {
      expect(() => synthesizeInto(folder, ['dev'])).to.throw(
        /^sessions-dev\/sweeper: .*sweeper.dist.function\.zip is missing: run `npm run build`$/,
      );
    } finally {
      remove();
    }
  });
});
