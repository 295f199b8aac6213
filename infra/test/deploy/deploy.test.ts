import { readFileSync } from 'node:fs';
import { readStack, type Stack } from '@sessions/local';
import { expect } from 'chai';
import type { Terraform } from '../../../scripts/terraform.ts';
import { needTools } from '../../../scripts/tools/need-tools.ts';
import { moto } from '../../../scripts/tools/python.ts';
import { terraformWithProvider } from '../../../scripts/tools/terraform.ts';
import { functions } from '../../src/functions.ts';
import type { SynthesizedStack } from '../../src/index.ts';
import { type Aws, startAws } from './aws.ts';
import { type Bundles, copyBundles } from './bundles.ts';
import { type Clients, createClients } from './clients.ts';
import { type ComparableFunction, type ComparableStack, comparableOf } from './comparable.ts';
import { Deployment, type State, type Variables } from './deployment.ts';
import { createHostedZone } from './hosted-zone.ts';
import { leftovers } from './leftovers.ts';
import { idsOf, jwtAuthorizerOf, withNamedIds } from './named-ids.ts';
import { readAlarms, readDashboards, readParameters } from './read-alarms.ts';
import { readBack } from './read-back.ts';
import { readBudgets } from './read-budgets.ts';

/** That of the local runtime, so that ARNs are the same. */
const accountId = '000000000000';

describe('a deployment with the real Terraform, to an imitation of AWS,', function () {
  this.timeout(300_000); // a provider of 700 MB makes a hundred resources, on cores that others use, too

  let terraform: Terraform;
  let aws: Aws;
  let clients: Clients;
  let bundles: Bundles;

  before(async function () {
    const [found, { python }] = await needTools(this, 'deploy tests', terraformWithProvider, moto);
    terraform = found;
    bundles = copyBundles();
    aws = await startAws(python, accountId);
    clients = createClients(aws.url);
  });

  after(async () => {
    await aws?.stop();
    bundles?.remove();
  });

  /** What was deployed, and what the local runtime understood from the same stack, in the same words. */
  async function bothSides(stack: SynthesizedStack, variables: Variables, state: State) {
    const understood = await understand(stack, variables);
    const { id, httpId: _, ...deployed } = await readBack(clients, state);
    const parameters = await readParameters(clients, `/sessions/${stack.environment}/`);
    const [api] = understood.apis;
    const comparable = await comparableOf(understood);
    const [pool] = understood.userPools;
    return {
      understood: withNamedIds(
        { ...comparable, parameters: withoutEmpty(understood.outputs) },
        {
          api: api?.id,
          authorizer: api?.routes.get('$connect')?.authorizer?.id,
          'JWT authorizer': jwtAuthorizerOf(comparable.httpRoutes),
          pool: pool?.id,
          client: pool?.clients[0]?.id,
          ...idsOf(
            understood.outputs,
            understood.functions.find(({ name }) => name.endsWith('-connection')),
          ),
        },
      ),
      deployed: withNamedIds(
        { ...deployed, parameters },
        {
          api: id,
          authorizer: deployed.routes.$connect?.authorizer?.id,
          'JWT authorizer': jwtAuthorizerOf(deployed.httpRoutes),
          pool: String(state.outputs.user_pool_id),
          client: String(state.outputs.user_pool_client_id),
          ...idsOf(state.outputs, deployed.functions[`${stack.name}-connection`]),
        },
      ),
    };
  }

  /** Part by part, so that a difference can be read. */
  function expectSame<T extends ComparableStack>({ functions, ...parts }: T, understood: T): void {
    // In the order of the names that ids were given, not of the ids.
    const inOrder = (each: ComparableFunction | undefined) =>
      each && { ...each, permissions: each.permissions.toSorted() };
    for (const [name, each] of Object.entries(functions)) {
      expect(inOrder(each), name).to.deep.equal(inOrder(understood.functions[name]));
    }
    for (const [name, part] of Object.entries(parts)) {
      expect(part, name).to.deep.equal(Object.entries(understood).find(([other]) => other === name)?.[1]);
    }
    expect(Object.keys(functions)).to.have.members(Object.keys(understood.functions));
  }

  /** Each alarm watches something that was deployed, by the id that it got. */
  async function checkAlarms(stack: SynthesizedStack, state: State): Promise<void> {
    const alarms = await readAlarms(clients);
    const { id, httpId, functions, tables, stages, httpStages, queues } = await readBack(clients, state);
    const known: Record<string, readonly string[]> = {
      ApiId: [id, httpId],
      Stage: [...Object.keys(stages), ...Object.keys(httpStages)],
      FunctionName: Object.keys(functions),
      TableName: Object.keys(tables),
      GlobalSecondaryIndexName: ['connections', 'sessions'].map((of) => String(state.outputs[`${of}_index_name`])),
      QueueName: Object.keys(queues),
    };
    expect(alarms.map(({ name }) => name)).to.deep.equal(alarmNames(stack));
    for (const { name, dimensions } of alarms) {
      for (const [dimension, value] of dimensions) {
        if (known[dimension]) expect(known[dimension], `${name}: ${dimension}`).to.include(value);
      }
    }
  }

  describe('of development as it is,', () => {
    let deployment: Deployment;
    let stack: SynthesizedStack;

    before(async () => {
      stack = bundles.synthesize('dev');
      deployment = await Deployment.start(terraform, stack, aws.url);
    });

    after(() => deployment?.stop());

    it('makes everything, and has then nothing left to do', async () => {
      const outcome = await deployment.apply();
      const { resources } = await deployment.state();

      expect(outcome).to.equal(`${resources.length} added, 0 changed, 0 destroyed`);
      expect(await deployment.plan()).to.deep.equal({});
    });

    it('makes what the local runtime runs from the same stack', async () => {
      const { understood, deployed } = await bothSides(stack, {}, await deployment.state());

      expect(Object.keys(deployed.functions)).to.have.members(
        Object.keys(functions).map((name) => `sessions-dev-${name}`),
      );
      expectSame(deployed, understood);
    });

    it('watches it', async () => {
      await checkAlarms(stack, await deployment.state());
      expect(await readDashboards(clients)).to.deep.equal(['sessions-dev']);
    });

    it('changes a setting and a bundle in place, and nothing else', async () => {
      const variables = { heartbeat_interval_seconds: 20 };
      bundles.change('heartbeat');
      const changed = bundles.synthesize('dev');
      await deployment.set(variables);
      await deployment.load(changed);

      const plan = await deployment.plan();
      const printed = deployment.printedPlan;
      const outcome = await deployment.applyPlan();

      const touched = Object.entries<{ settings: readonly string[] }>(functions)
        .filter(([name, { settings }]) => name === 'heartbeat' || settings.includes('HEARTBEAT_INTERVAL_SECONDS'))
        .map(([name]) => name);
      expect(touched).to.include.members(['connection', 'heartbeat']);
      expect(Object.keys(plan).map((address) => address.replace(/_[0-9A-F]{8}$/, ''))).to.have.members(
        touched.map((name) => `aws_lambda_function.${name}_function`),
      );
      expect(new Set(Object.values(plan))).to.deep.equal(new Set(['update']));
      expect(outcome).to.equal(`0 added, ${touched.length} changed, 0 destroyed`);
      const { understood, deployed } = await bothSides(changed, variables, await deployment.state());
      const { functions: now } = await readBack(clients, await deployment.state());
      const { HEARTBEAT_INTERVAL_SECONDS, HMAC_KEY = '' } = now['sessions-dev-connection']?.environment ?? {};
      expect(HEARTBEAT_INTERVAL_SECONDS).to.equal('20');
      // Made once, and shown by no plan of the function that has it.
      expect(HMAC_KEY).to.match(/^[0-9a-f-]{72}$/);
      expect(printed).to.include('HEARTBEAT_INTERVAL_SECONDS').and.to.not.include(HMAC_KEY);
      expectSame(deployed, understood);
    });

    it('takes everything away again', async () => {
      const { resources } = await deployment.state();

      expect(await deployment.destroy()).to.equal(`${resources.length} destroyed`);

      expect((await deployment.state()).resources).to.deep.equal([]);
      expect(await leftovers(clients)).to.deep.equal([]);
    });
  });

  describe('of production with everything that can be asked for,', () => {
    let deployment: Deployment;
    let stack: SynthesizedStack;
    let variables: Variables;

    before(async () => {
      variables = {
        domain_name: 'ws.example.com',
        certificate_arn: `arn:aws:acm:us-east-1:${accountId}:certificate/11111111-2222-3333-4444-555555555555`,
        http_domain_name: 'api.example.com',
        http_certificate_arn: `arn:aws:acm:us-east-1:${accountId}:certificate/11111111-2222-3333-4444-555555555555`,
        http_allowed_origins: ['https://app.example.com'],
        hosted_zone_id: await createHostedZone(aws.url, 'example.com'),
        kms_key_arn: `arn:aws:kms:us-east-1:${accountId}:key/11111111-2222-3333-4444-555555555555`,
        reserved_concurrency: { heartbeat: 100 },
        manage_api_gateway_account: true,
        access_logs: true,
        tracing: true,
        alarm_email: 'ops@example.com',
        ip_address_type: 'dualstack',
        monthly_budget_usd: 500,
        tags: { Team: 'audio' },
      };
      stack = bundles.synthesize('prod');
      deployment = await Deployment.start(terraform, stack, aws.url);
      await deployment.set(variables);
    });

    after(() => deployment?.stop());

    it('makes everything, and has then nothing left to do', async () => {
      const outcome = await deployment.apply();
      const { resources } = await deployment.state();

      expect(outcome).to.equal(`${resources.length} added, 0 changed, 0 destroyed`);
      expect(await deployment.plan()).to.deep.equal({});
    });

    it('makes what the local runtime runs from the same stack, at its own domain', async () => {
      // The local runtime has no domains: there, the API is at its own address.
      const { domain_name, certificate_arn, http_domain_name, http_certificate_arn, hosted_zone_id, ...rest } =
        variables;
      const { understood, deployed } = await bothSides(stack, rest, await deployment.state());
      const parameters = {
        ...understood.parameters,
        custom_domain_target: 'd-0123456789.execute-api.us-east-1.amazonaws.com',
        http_custom_domain_target: 'd-0123456789.execute-api.us-east-1.amazonaws.com',
      };
      const atDomain = JSON.parse(
        JSON.stringify({ ...understood, parameters })
          .replaceAll('wss://<api>.execute-api.us-east-1.amazonaws.com/prod', 'wss://ws.example.com')
          .replaceAll('https://<HTTP API>.execute-api.us-east-1.amazonaws.com', 'https://api.example.com'),
      );

      // What the functions send to works before mapping and DNS do.
      expect(atDomain.functions['sessions-prod-connection'].environment).to.include({
        MANAGEMENT_ENDPOINT: 'https://<api>.execute-api.us-east-1.amazonaws.com/prod',
      });
      expect(atDomain.parameters.websocket_url).to.equal('wss://ws.example.com');
      expectSame(deployed, atDomain);
    });

    it('notifies of its cost', async () => {
      expect(await readBudgets(aws.url, accountId)).to.deep.equal(['sessions-prod: 500 USD']);
    });

    it('watches it, and tells of each alarm', async () => {
      await checkAlarms(stack, await deployment.state());
      for (const { name, actions } of await readAlarms(clients)) {
        expect(actions, name).to.deep.equal([`arn:aws:sns:us-east-1:${accountId}:sessions-prod-alarms`]);
      }
    });

    it('is taken away in two steps only, and refuses before anything is touched', async () => {
      const everything = await leftovers(clients);
      const refusal = () =>
        deployment.destroy().then(
          () => 'destroyed',
          ({ message }: Error) => message.replaceAll(/\s+/g, ' '),
        );

      expect(await refusal()).to.match(/Error: Instance cannot be destroyed .*lifecycle\.prevent_destroy/);
      expect(await leftovers(clients)).to.deep.equal(everything);

      // The setting was changed, and the deployment of it forgotten.
      await deployment.load(bundles.synthesize('prod', false));
      await deployment.set({ ...variables, deletion_protection: false });
      expect(await refusal()).to.include(
        'The deployed stack is protected, nothing was destroyed: deploy with deletion_protection = false before destroy',
      );
      expect(await leftovers(clients)).to.deep.equal(everything);

      const plan = await deployment.plan();
      await deployment.applyPlan();
      const { resources } = await deployment.state();
      expect(new Set(Object.values(plan))).to.deep.equal(new Set(['update']));
      expect(await deployment.destroy()).to.equal(`${resources.length} destroyed`);
      expect(await leftovers(clients)).to.deep.equal([]);
      expect(await readBudgets(aws.url, accountId)).to.deep.equal([]);
    });
  });
});

const understand = (stack: SynthesizedStack, variables: Variables): Promise<Stack> =>
  readStack(stack.file, {
    variables,
    apiEndpoint: (id) => `wss://${id}.execute-api.us-east-1.amazonaws.com`,
    httpApiEndpoint: (id) => `https://${id}.execute-api.us-east-1.amazonaws.com`,
  });

/** Those outputs that are parameters, too: SSM has no empty ones. */
const withoutEmpty = (outputs: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(outputs).filter(([, value]) => value !== ''));

function alarmNames({ file }: SynthesizedStack): string[] {
  const { resource } = JSON.parse(readFileSync(file, 'utf8'));
  const alarms = Object.values<{ alarm_name: string }>(resource.aws_cloudwatch_metric_alarm);
  return alarms.map(({ alarm_name }) => alarm_name).sort();
}
