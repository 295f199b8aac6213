import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { leaveOutWhenFast } from '../../../scripts/tools/need-tools.ts';
import { planPolicy } from '../../src/bootstrap/plan-policy.ts';
import { type FakeAccount, type FakeAccountOptions, startFakeAccount } from './fake-account.ts';

const command = resolve(import.meta.dirname, '../../scripts/preflight/main.ts');
const credentials = { AWS_ACCESS_KEY_ID: 'none', AWS_SECRET_ACCESS_KEY: 'none' };

describe('npm run preflight:<environment>', function () {
  this.timeout(180_000); // a process of its own for each, on cores that others use, too
  before(function () {
    leaveOutWhenFast(this, 'preflight');
  });

  let account: FakeAccount | undefined;
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sessions-preflight-test-'));
  });

  afterEach(async () => {
    await account?.stop();
    account = undefined;
    rmSync(folder, { recursive: true, force: true });
  });

  const write = (file: string, content: string) => writeFileSync(join(folder, file), content);

  async function run(args: readonly string[], env: Readonly<Record<string, string>>) {
    const clean = Object.entries(process.env).filter(([name]) => !/^(AWS_|TF_)/.test(name));
    const child = spawn(process.execPath, [command, ...args, '--folder', folder], {
      env: {
        ...Object.fromEntries(clean),
        HOME: folder, // no profile of this machine
        AWS_EC2_METADATA_DISABLED: 'true',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [code, stdout, stderr] = await Promise.all([
      new Promise<number | null>((done) => child.once('exit', done)),
      text(child.stdout),
      text(child.stderr),
    ]);
    const rows = stdout.split('\n').map((line) => line.trim().split(/ {2,}/));
    return {
      code,
      stdout,
      stderr,
      row: (what: string) => rows.find((cells) => cells[1] === what),
    };
  }

  async function preflight(options: FakeAccountOptions, environment = 'dev') {
    account = await startFakeAccount(options);
    return run([environment], { ...credentials, AWS_ENDPOINT_URL: account.url });
  }

  it('passes a normal account, and says how many listeners it carries', async () => {
    write('terraform.tfvars', 'active_sessions_limit = 20\n');

    const { code, stdout, stderr, row } = await preflight({});

    expect(code, stdout + stderr).to.equal(0);
    expect(stdout).to.include(
      'sessions-dev in account 123456789012, us-east-1, as arn:aws:iam::123456789012:user/anna',
    );
    expect(stdout).to.include('10000 requests a second carry 27272 listeners');
    expect(stdout).to.not.include('To do');
    expect(row('DynamoDB: tables')?.slice(0, 4)).to.deep.equal([
      'ok',
      'DynamoDB: tables',
      '2500',
      '4: tables of the stack',
    ]);
    expect(row('API Gateway: routes of an API')?.[3]).to.match(/^13: /);
  });

  it('says what a new account has too little of, and how to raise it', async () => {
    write('terraform.dev.tfvars', 'reserved_concurrency = { heartbeat = 50 }\n');

    const { code, stdout, row } = await preflight({ concurrency: 10 });

    expect(code).to.equal(1);
    expect(row('Lambda: concurrent executions')?.slice(0, 3)).to.deep.equal([
      'MISSING',
      'Lambda: concurrent executions',
      '10',
    ]);
    expect(row('Lambda: reserved concurrency')?.slice(0, 3)).to.deep.equal([
      'MISSING',
      'Lambda: reserved concurrency',
      '0',
    ]);
    expect(stdout).to.match(
      /request-service-quota-increase --region us-east-1 --service-code lambda --quota-code L-B99A9384 --desired-value \d+/,
    );
  });

  it('reserves what the environment has reserved already only once, and leaves 100 unreserved', async () => {
    write('terraform.dev.tfvars', 'reserved_concurrency = { heartbeat = 900 }\n');
    const again = await preflight({ unreserved: 100, reserved: { 'sessions-dev-heartbeat': 900 } });
    await account?.stop();
    write('terraform.dev.tfvars', 'reserved_concurrency = { heartbeat = 901 }\n');
    const more = await preflight({ unreserved: 100, reserved: { 'sessions-dev-heartbeat': 900 } });

    expect(again.row('Lambda: reserved concurrency')?.slice(0, 3)).to.deep.equal([
      'ok',
      'Lambda: reserved concurrency',
      '900',
    ]);
    expect(again.code).to.equal(0);
    expect(more.row('Lambda: reserved concurrency')?.[0]).to.equal('MISSING');
    expect(more.code).to.equal(1);
  });

  it('takes the throttle of a small Region from the account, and the throttle of the stage from the settings', async () => {
    write('terraform.tfvars', 'stage_throttle_rate_limit = 4000\nstage_throttle_burst_limit = 1000\n');

    const { code, stdout, row } = await preflight({ rate: 2500, burst: 1250 });

    expect(code).to.equal(1);
    expect(stdout).to.include('2500 requests a second carry 6818 listeners');
    expect(row('API Gateway: requests a second, stage')?.slice(0, 3)).to.deep.equal([
      'MISSING',
      'API Gateway: requests a second, stage',
      '2500',
    ]);
    expect(row('API Gateway: burst')?.[0]).to.equal('ok');
  });

  it('finds the default throttle of the stage below the quota of a small Region', async () => {
    write('terraform.tfvars', 'aws_region = "eu-south-2"\nactive_sessions_limit = 1\n');

    const { row } = await preflight({ rate: 2500, burst: 1250 });

    expect(row('API Gateway: requests a second, stage')?.[0]).to.equal('ok');
    expect(row('API Gateway: requests a second, stage')?.[3]).to.match(/^1250: /);
    expect(row('API Gateway: burst')?.[3]).to.match(/^625: /);
  });

  it('tells what stands in the way from what active_sessions_limit would need', async () => {
    write('terraform.tfvars', 'max_listeners_per_session = 1000\nactive_sessions_limit = 100\n');

    const { code, stdout, row } = await preflight({});

    expect(code).to.equal(0);
    expect(row('API Gateway: requests a second')).to.deep.equal([
      'low',
      'API Gateway: requests a second',
      '10000',
      '367: 1000 listeners, a message each 3 s, 36667 for active_sessions_limit',
    ]);
    expect(stdout).to.include('--quota-code L-8A5B8E43 --desired-value 36667');
  });

  it('looks for what access logs, a domain and a key need', async () => {
    const key = 'arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555';
    write('terraform.prod.tfvars', `access_logs = true\ndomain_name = "ws.example.com"\nkms_key_arn = "${key}"\n`);

    const bad = await preflight({ keyState: 'PendingDeletion', quotas: { 'L-A93447B8': 0 } }, 'prod');
    await account?.stop();
    const good = await preflight({ keyState: 'Enabled', loggingRole: 'arn:aws:iam::123456789012:role/logs' }, 'prod');
    await account?.stop();
    const gone = await preflight({ loggingRole: 'arn:aws:iam::123456789012:role/logs' }, 'prod');

    const verdicts = ({ row }: typeof bad) =>
      [
        "API Gateway: the account's logging role",
        'API Gateway: public custom domains',
        'KMS: key of the environment',
      ].map((what) => row(what)?.[0]);
    expect(verdicts(bad)).to.deep.equal(['MISSING', 'MISSING', 'MISSING']);
    expect(bad.stdout).to.include('manage_api_gateway_account = true');
    expect(verdicts(good)).to.deep.equal(['ok', 'ok', 'ok']);
    expect(gone.row('KMS: key of the environment')?.slice(0, 3)).to.deep.equal([
      'MISSING',
      'KMS: key of the environment',
      'missing',
    ]);
  });

  it('names the permission that one quota needs, and knows the rest', async () => {
    write('terraform.dev.tfvars', 'reserved_concurrency = { heartbeat = 50 }\n');

    const { code, stdout, row } = await preflight({ denied: ['GetServiceQuota', 'account-settings'] });

    expect(code).to.equal(0);
    expect(row('DynamoDB: tables')?.slice(0, 3)).to.deep.equal([
      '?',
      'DynamoDB: tables',
      'not known, needs servicequotas:GetServiceQuota',
    ]);
    expect(row('Lambda: reserved concurrency')?.[2]).to.equal('not known, needs lambda:GetAccountSettings');
    expect(stdout).to.include('27272 listeners');
  });

  it('needs what docs/deployment.md says that it needs, and the plan role may do it', async () => {
    const key = 'arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555';
    write('terraform.tfvars', `kms_key_arn = "${key}"\n`);
    await preflight({ keyState: 'Enabled' });
    const page = readFileSync(resolve(import.meta.dirname, '../../../docs/deployment.md'), 'utf8');
    const documented = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, json = '']) => JSON.parse(json));
    const scope = {
      ...{ accountId: '123456789012', region: 'us-east-1', environment: 'dev' as const, kmsKeyArns: [key] },
      ...{ stateBucketArn: 'arn:aws:s3:::b', stateKeyPrefix: '', hostedZoneIds: [], extraFunctionArns: [] },
    };

    const needed = [...(account?.actions ?? [])].sort();

    expect(needed).to.have.length(7);
    expect(documented.map(({ Statement: [{ Action }] }) => Action.toSorted())).to.deep.equal([needed]);
    expect(planPolicy(scope).Statement.flatMap(({ Action }) => Action)).to.include.members(needed);
  });

  it('says in one line why AWS cannot be asked', async () => {
    const without = await run(['dev'], {});
    const expired = await preflight({ stsError: 'ExpiredToken' });
    await account?.stop();
    const wrong = await preflight({ stsError: 'InvalidClientTokenId' });
    const unreachable = await run(['dev'], {
      ...credentials,
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
      AWS_MAX_ATTEMPTS: '1',
    });

    for (const { code, stderr } of [without, expired, wrong, unreachable]) {
      expect(code).to.equal(1);
      expect(stderr.trim().split('\n'), stderr).to.have.length(1);
    }
    expect(without.stderr).to.include('there are no credentials for AWS: set AWS_PROFILE');
    expect(expired.stderr).to.include('have expired: sign in again');
    expect(wrong.stderr).to.include('AWS refuses the credentials (InvalidClientTokenId)');
    expect(unreachable.stderr).to.include('AWS cannot be reached in us-east-1: ').and.to.include('ECONNREFUSED');
  });

  it('refuses an unknown environment and a value of the wrong type', async () => {
    const unknown = await run(['live'], credentials);
    write('terraform.tfvars', 'max_listeners_per_session = "many"\n');
    const wrong = await run(['dev'], credentials);

    expect(unknown).to.include({ code: 2, stderr: 'preflight: live is no environment: use dev, staging, prod\n' });
    expect(wrong.code).to.equal(1);
    expect(wrong.stderr).to.match(/max_listeners_per_session \(.*terraform\.tfvars\) must be a number/);
  });
});
