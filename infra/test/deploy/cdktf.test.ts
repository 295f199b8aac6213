import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { startLocalTarget } from '../../../scripts/smoke/local-target.ts';
import { parseOptions } from '../../../scripts/smoke/options.ts';
import { needTools } from '../../../scripts/tools/need-tools.ts';
import { moto } from '../../../scripts/tools/python.ts';
import { terraformWithProvider } from '../../../scripts/tools/terraform.ts';
import { type Aws, startAws } from './aws.ts';
import { type Checkout, type Ended, makeCheckout } from './checkout.ts';
import { createClients } from './clients.ts';
import { leftovers } from './leftovers.ts';

const accountId = '000000000000';

describe('cdktf, at the top of a checkout, against an emulator of AWS,', function () {
  this.timeout(300_000); // see deploy.test.ts

  let aws: Aws;
  let checkout: Checkout;
  let home: string;
  let env: NodeJS.ProcessEnv;

  before(async function () {
    const [found, { python }] = await needTools(this, 'deploy tests', terraformWithProvider, moto);
    checkout = await makeCheckout();
    // Terraform's settings and cdktf's cache of providers are those of a user with nothing set up.
    home = await mkdtemp(join(tmpdir(), 'sessions-home-'));
    aws = await startAws(python, accountId);
    env = {
      HOME: home,
      AWS_ENDPOINT_URL: aws.url,
      AWS_ACCESS_KEY_ID: 'none',
      AWS_SECRET_ACCESS_KEY: 'none',
      CDKTF_DISABLE_PLUGIN_CACHE_ENV: '1', // it would copy the provider, 700 MB, into that home
      ...(await providerSource(home, found.initArguments)),
    };
  });

  after(async () => {
    await aws?.stop();
    await checkout?.remove();
    if (home) await rm(home, { recursive: true, force: true });
  });

  const cdktf = (args: string[], more: NodeJS.ProcessEnv = {}): Promise<Ended> =>
    checkout.run('npx', ['cdktf', ...args], { ...env, ...more });

  it('lists the stacks', async () => {
    const { code, output } = await cdktf(['list']);

    expect(code, output).to.equal(0);
    for (const name of ['sessions-dev', 'sessions-staging', 'sessions-prod']) {
      expect(output).to.match(new RegExp(`^${name} +infra/cdktf\\.out/stacks/${name}`, 'm'));
    }
  });

  it('deploys, and writes outputs that the smoke test and the documented jq find', async () => {
    const { code, output } = await cdktf([
      'deploy',
      'sessions-dev',
      '--auto-approve',
      '--outputs-file',
      'outputs.json',
    ]);
    expect(code, output).to.equal(0);

    const file = join(checkout.folder, 'outputs.json');
    const outputs = JSON.parse(await readFile(file, 'utf8'))['sessions-dev'];
    const { websocket_url: url, user_pool_id: userPoolId, user_pool_client_id: clientId, api_id: apiId } = outputs;
    expect(url).to.equal(`wss://${apiId}.execute-api.us-east-1.amazonaws.com/dev`);
    expect(userPoolId).to.match(/^us-east-1_/);
    expect(await parseOptions(['--outputs', file], {})).to.deep.include({
      target: { kind: 'pool', url, pool: { userPoolId, clientId } },
    });
    expect(await readFile(join(checkout.folder, 'infra/terraform.sessions-dev.tfstate'), 'utf8')).to.include(apiId);

    const documented = /^output\(\) .*$/m.exec(
      await readFile(join(checkout.folder, 'docs/deployment.md'), 'utf8'),
    )?.[0];
    expect(documented).to.include('jq');
    if ((await checkout.run('jq', ['--version'])).code !== 0) {
      console.log('jq is not installed: the documented commands with it are not tried');
    } else {
      const printed = await checkout.run('bash', ['-c', `${documented}\noutput user_pool_id; output websocket_url`]);
      expect(printed.output).to.equal(`${userPoolId}\n${url}\n`);
    }
  });

  it('leaves outputs with which the smoke test runs', async () => {
    const local = await startLocalTarget();
    try {
      // What was deployed answers no WebSocket: the same file, with an address that does.
      const file = join(checkout.folder, 'outputs.json');
      const here = { ...JSON.parse(await readFile(file, 'utf8')) };
      here['sessions-dev'].websocket_url = local.url;
      await writeFile(join(checkout.folder, 'here.json'), JSON.stringify(here));

      const options = ['--outputs', 'here.json', '--listeners', '1', '--json'];
      const { code, output } = await checkout.run(process.execPath, ['scripts/smoke/main.ts', ...options], {
        SMOKE_TOKEN: local.token,
      });

      expect(code, output).to.equal(0);
      expect(JSON.parse(output)).to.deep.include({ ok: true, url: local.url });
    } finally {
      await local.stop();
    }
  });

  it('takes fresh bundles, or those that are there with NO_BUILD', async () => {
    await appendFile(
      join(checkout.folder, 'packages/functions/heartbeat/src/index.ts'),
      '\nconsole.debug("changed");\n',
    );

    const asTheyAre = await cdktf(['diff', 'sessions-dev'], { NO_BUILD: '1' });
    expect(asTheyAre.output).to.include('No changes. Your infrastructure matches the configuration.');
    expect(asTheyAre.code).to.equal(0);

    const fresh = await cdktf(['diff', 'sessions-dev']);
    expect(fresh.code, fresh.output).to.equal(0);
    expect(fresh.output).to.match(/aws_lambda_function\.heartbeat_function_\w+ .* will be updated in-place/);
    expect(fresh.output).to.include('Plan: 0 to add, 1 to change, 0 to destroy.');
  });

  const expectRegionRefused = ({ code, output }: Ended) => {
    expect(code).to.equal(1);
    expect(output.replaceAll(/\s+/g, ' '), output).to.include(
      'aws_region is eu-west-1, but this stack was made in us-east-1, where its resources are: set aws_region = "us-east-1", or see "Another Region" in docs/deployment.md.',
    );
    // cdktf prints each error of Terraform twice, and then its own.
    const errors = new Set([...output.matchAll(/\bError: (.*)$/gm)].map(([, what]) => what));
    expect([...errors]).to.deep.equal([
      'Resource postcondition failed',
      'External Error: Stack failed to plan: sessions-dev. Please check the logs for more information.',
    ]);
    expect(output).to.not.include('will be created');
  };

  it('refuses another Region than that of the stack, with one line', async () => {
    const options = ['--no-color', '--var', 'aws_region=eu-west-1'];
    expectRegionRefused(await cdktf(['diff', 'sessions-dev', ...options], { NO_BUILD: '1' }));
  });

  it('refuses it by npm run diff:dev alike', async () => {
    // What that runs, but for the bootstrap: what is installed here is that of the working tree.
    const node = join('node_modules', '.bin', 'node');
    const args = ['scripts/deploy.ts', 'diff', 'dev', '--no-build', '--no-color'];
    expectRegionRefused(await checkout.run(node, args, { ...env, TF_VAR_aws_region: 'eu-west-1' }));
  });

  it('refuses the account of other credentials, when accounts are named', async () => {
    const options = ['--var', 'allowed_account_ids=["111122223333"]'];
    const { code, output } = await cdktf(['diff', 'sessions-dev', ...options], { NO_BUILD: '1' });

    expect(code).to.equal(1);
    expect(output).to.include(`Error: AWS account ID not allowed: ${accountId}`);
  });

  it('prints in the plan of production that logs and alarms are missing', async () => {
    const { code, output } = await cdktf(['diff', 'sessions-prod', '--no-color'], { NO_BUILD: '1' });

    expect(code, output).to.equal(0);
    expect(output).to.include('Warning: Check block assertion failed');
    expect(output).to.include('access_logs is false: ').and.to.include('alarm_email and alarm_topic_arn are empty: ');
  });

  it('takes everything away, where it is', async () => {
    const options = ['--auto-approve', '--var', 'aws_region=eu-west-1'];
    const { code, output } = await cdktf(['destroy', 'sessions-dev', ...options], { NO_BUILD: '1' });

    expect(code, output).to.equal(0);
    expect(output).to.match(/Destroy complete! Resources: \d{3} destroyed\./);
    expect(await leftovers(createClients(aws.url))).to.deep.equal([]);
  });
});

/** A user's Terraform fetches the provider; this one takes it from the folder that was found, if one was. */
async function providerSource(home: string, initArguments: readonly string[]): Promise<NodeJS.ProcessEnv> {
  const folder = initArguments.map((argument) => /^-plugin-dir=(.*)$/.exec(argument)?.[1]).find(Boolean);
  if (!folder) return {};
  const file = join(home, 'terraform.tfrc');
  await writeFile(
    file,
    `provider_installation {\n  filesystem_mirror {\n    path = ${JSON.stringify(folder)}\n  }\n}\n`,
  );
  return { TF_CLI_CONFIG_FILE: file };
}
