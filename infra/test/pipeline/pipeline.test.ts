import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { open, seal } from '../../../scripts/production/seal.ts';
import { parseOptions } from '../../../scripts/smoke/options.ts';
import type { Terraform } from '../../../scripts/terraform.ts';
import { needTools } from '../../../scripts/tools/need-tools.ts';
import { moto } from '../../../scripts/tools/python.ts';
import { terraformWithProvider } from '../../../scripts/tools/terraform.ts';
import { type Aws, startAws } from '../deploy/aws.ts';
import { type FakeGitHub, type KnownRun, startFakeGitHub } from './fake-github.ts';
import { type JobRequest, type JobResult, Runner } from './runner.ts';

const bucket = 'our-state';
const key = Buffer.alloc(32, 7).toString('base64');
/** Needs sockets, which the emulator of AWS has not got. */
const smoke = 'Smoke test';
/** The run of "deploy" that tests and builds. */
const tested = 11;

describe('the pipeline, its own steps in order, with the real Terraform and an emulator of AWS,', function () {
  this.timeout(300_000); // see deploy.test.ts

  let aws: Aws;
  let github: FakeGitHub;
  let runner: Runner;
  let providers: string | undefined;
  /** The address of a table of production. */
  let table = '';

  before(async function () {
    const [terraform, { python }] = await needTools(this, 'pipeline tests', terraformWithProvider, moto);
    aws = await startAws(python, '000000000000');
    github = await startFakeGitHub('owner/sessions', 'a token');
    await createBucket(aws.url);
    providers = mkdtempSync(join(tmpdir(), 'sessions-providers-'));
    const ofAll = { AWS_REGION: 'us-east-1', STATE_BUCKET: bucket, STATE_REGION: 'us-east-1' };
    const secrets = { PLAN_KEY: key };
    runner = await Runner.start({
      settings: {
        '': { vars: { PROD_BY: 'approval' }, secrets: {} },
        dev: { vars: { ...ofAll, AWS_ROLE_ARN: 'sessions-dev-deploy' }, secrets: {} },
        'prod-plan': { vars: { ...ofAll, AWS_ROLE_ARN: 'sessions-prod-plan' }, secrets },
        prod: { vars: { ...ofAll, AWS_ROLE_ARN: 'sessions-prod-deploy' }, secrets },
      },
      env: {
        AWS_ENDPOINT_URL: aws.url,
        TF_VAR_deletion_protection: 'false', // else Terraform itself refuses to replace a table
        AWS_MAX_ATTEMPTS: '6', // moto now and then fails a call that comes beside others
        GITHUB_API_URL: github.url,
        GITHUB_REPOSITORY: 'owner/sessions',
        TF_CLI_ARGS_apply: '-parallelism=30', // see deployment.ts
        ...providerSource(terraform, providers),
      },
    });
  });

  after(async () => {
    runner?.stop();
    if (providers) rmSync(providers, { recursive: true, force: true });
    await github?.stop();
    await aws?.stop();
  });

  const deployRun = (): KnownRun => ({
    id: tested,
    workflow: 'deploy.yml',
    workflow_id: 1,
    head_sha: runner.commit,
    status: 'completed',
    conclusion: 'success',
    run_started_at: '2026-11-24T10:00:00Z',
    jobs: { 'check / check': 'success', 'dev / deploy': 'success', 'staging / deploy': 'success' },
    artifacts: { bundles: 'kept' },
  });

  /** Has GitHub start a run of "production". */
  function startProduction(id: number): void {
    github.runs.push({
      ...deployRun(),
      id,
      workflow: 'production.yml',
      workflow_id: 2,
      status: 'in_progress',
      conclusion: null,
      run_started_at: `2026-11-24T11:00:${id}Z`,
    });
  }

  async function plan(runId: number, request: Partial<JobRequest> = {}): Promise<JobResult> {
    startProduction(runId);
    const inputs = { commit: runner.commit, allow_replace: '', plan_run: '', ...request.inputs };
    const found = await runner.run('production.yml', 'find', { runId, inputs });
    expect(found.result, found.log).to.equal('success');
    return runner.run('production.yml', 'plan', {
      ...request,
      runId,
      inputs,
      needs: { find: { outputs: found.outputs } },
    });
  }

  const apply = (runId: number, planned: JobResult, request: Partial<JobRequest> = {}): Promise<JobResult> =>
    runner.run('production.yml', 'apply', {
      ...request,
      runId,
      inputs: { commit: runner.commit, allow_replace: '', plan_run: '' },
      needs: { plan: { result: planned.result, outputs: planned.outputs } },
      skip: smoke,
    });

  /** Says what became of a run of "production". */
  function finish(id: number, conclusion: 'success' | 'failure'): void {
    github.runs.splice(
      0,
      Infinity,
      ...github.runs.map((run) => (run.id === id ? { ...run, status: 'completed', conclusion } : run)),
    );
  }

  /** Both ways of deploying write the same form, and the smoke test, as it is called next, understands it. */
  async function expectTarget({ folder }: JobResult, environment: string): Promise<void> {
    const file = join(folder, 'outputs.json');
    const outputs = JSON.parse(readFileSync(file, 'utf8'));
    expect(Object.keys(outputs)).to.deep.equal([`sessions-${environment}`]);
    const {
      websocket_url: url,
      user_pool_id: userPoolId,
      user_pool_client_id: clientId,
    } = outputs[`sessions-${environment}`];
    expect(url).to.match(new RegExp(`^wss://[a-z0-9]+\\.execute-api\\.us-east-1\\.amazonaws\\.com/${environment}$`));
    const options = await parseOptions(['--outputs', file], {});
    expect(options?.target).to.deep.equal({ kind: 'pool', url, pool: { userPoolId, clientId } });
  }

  it('tests and packs, deploys to dev, and leaves there what the smoke test needs', async () => {
    // The tests have run; what they would have built is wanted.
    const instead = { 'bash .ci/run': 'npm run -s bootstrap && npm run -s build' };
    const checked = await runner.run('check.yml', 'check', { runId: tested, instead });
    expect(checked.result, checked.log).to.equal('success');
    github.runs.push(deployRun());

    const inputs = { environment: 'dev', sha256: checked.outputs.sha256 ?? '' };
    const deployed = await runner.run('deploy-environment.yml', 'deploy', {
      runId: tested,
      inputs,
      skip: smoke,
    });

    expect(deployed.result, deployed.log).to.equal('success');
    expect(deployed.log).to.include(`state: s3://${bucket}/sessions/sessions-dev.tfstate in us-east-1`);
    await expectTarget(deployed, 'dev');
  });

  it('plans production, shows what would change, and applies that plan', async () => {
    const planned = await plan(21);
    expect(planned.result, planned.log).to.equal('success');
    expect(planned.outputs).to.deep.equal({ changes: 'true' });
    expect(planned.summary).to.match(/^### sessions-prod: \d{3} resources to change\n/);
    expect(planned.summary).to.match(/^- create: `aws_dynamodb_table\.tables_sessions_\w+`$/m);
    table = /aws_dynamodb_table\.tables_sessions_\w+/.exec(planned.summary)?.[0] ?? '';

    const applied = await apply(21, planned);

    expect(applied.result, applied.log).to.equal('success');
    expect(applied.log).to.include('runs: the plan of run 21 is the newest');
    expect(applied.log).to.match(/Apply complete! Resources: \d{3} added, 0 changed, 0 destroyed\./);
    await expectTarget(applied, 'prod');
    finish(21, 'success');
  });

  it('applies nothing where nothing changes', async () => {
    const planned = await plan(22);
    expect(planned.result, planned.log).to.equal('success');
    expect(planned.summary).to.equal('### sessions-prod: nothing to change\n\n');
    expect(planned.outputs).to.deep.equal({ changes: 'false' });
    expect((await apply(22, planned)).result).to.equal('skipped');
    finish(22, 'success');
  });

  it('does not let an approval that waited undo what came after it', async () => {
    const older = await plan(31, { env: { TF_VAR_log_level: 'DEBUG' } });
    expect(older.result, older.log).to.equal('success');
    const newer = await plan(32, { env: { TF_VAR_log_level: 'WARN' } });
    expect(newer.summary).to.match(/^- update: `aws_lambda_function\./m);

    const overtaken = await apply(31, older);
    expect(overtaken.result).to.equal('failure');
    expect(overtaken.log).to.include('runs: run 32 is newer than the plan of run 31, and is in_progress: ');
    expect(overtaken.log).to.not.include('Terraform');

    const applied = await apply(32, newer);
    expect(applied.result, applied.log).to.equal('success');
    finish(32, 'failure'); // say, its smoke test failed: GitHub would now let the older one pass
    const stale = await apply(31, older);
    expect(stale.result).to.equal('failure');
    expect(stale.log).to.include('Error: Saved plan is stale');
    expect(stale.log).to.match(
      /^production: the plan is stale: the state has moved since it was made, and nothing was /m,
    );
    expect(stale.summary, 'how to roll back').to.include('### The deployment failed');
  });

  it('refuses a plan that replaces a table, unless that table was named', async () => {
    const env = { TF_VAR_log_level: 'WARN', TF_CLI_ARGS_plan: `-replace=${table}` };

    const refused = await plan(41, { env });
    expect(refused.result).to.equal('failure');
    expect(refused.summary).to.include(`**Lost with this plan:** \`${table}\``);
    expect(refused.log).to.include(`production: the plan deletes or replaces ${table}, and what is in it is lost.`);
    expect(existsSync(runner.artifact(41, 'plan', 'prod.plan'))).to.equal(false);
    expect((await apply(41, refused)).result).to.equal('skipped');

    const allowed = await plan(42, { env, inputs: { commit: runner.commit, allow_replace: table, plan_run: '' } });
    expect(allowed.result, allowed.log).to.equal('success');
    expect(allowed.summary).to.include(`**Lost with this plan:** \`${table}\``);
  });

  it('applies no plan that was changed, or sealed with another key', async () => {
    const planned = await plan(51, { env: { TF_VAR_log_level: 'ERROR' } });
    expect(planned.result, planned.log).to.equal('success');
    const inputs = { commit: '', allow_replace: '', plan_run: '51' };
    startProduction(52);
    // Started by hand: there is no job before it.
    const applyAgain = (env = {}) =>
      runner.run('production.yml', 'apply', {
        runId: 52,
        inputs,
        needs: { plan: { result: 'skipped' } },
        env,
        skip: smoke,
      });
    const file = runner.artifact(51, 'plan', 'prod.plan');
    const sealed = readFileSync(file);
    finish(51, 'success');

    const changed = Buffer.from(sealed);
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    writeFileSync(file, changed);
    const tampered = await applyAgain();
    expect(tampered.result).to.equal('failure');
    expect(tampered.log).to.match(
      /prod\.plan cannot be used: it was sealed with another PLAN_KEY, or was changed since$/m,
    );

    writeFileSync(file, seal(open(sealed, Buffer.from(key, 'base64')), Buffer.alloc(32, 8)));
    const foreign = await applyAgain();
    expect(foreign.log).to.match(
      /prod\.plan cannot be used: it was sealed with another PLAN_KEY, or was changed since$/m,
    );
    expect(foreign.log).to.not.include('Terraform');

    writeFileSync(file, sealed);
    const applied = await applyAgain();
    expect(applied.result, applied.log).to.equal('success');
    expect(applied.log).to.match(/Apply complete! Resources: 0 added, \d+ changed, 0 destroyed\./);
    await expectTarget(applied, 'prod');
  });
});

/** A runner of GitHub fetches the provider; this one takes it from the folder that was found, or fetches it once. */
function providerSource({ initArguments }: Terraform, cache: string): Record<string, string> {
  const folder = initArguments.map((argument) => /^-plugin-dir=(.*)$/.exec(argument)?.[1]).find(Boolean);
  if (!folder) return { TF_PLUGIN_CACHE_DIR: cache };
  return { TF_CLI_ARGS_init: `-plugin-dir=${folder}`, TF_CLI_ARGS_providers_lock: `-fs-mirror=${folder}` };
}

async function createBucket(url: string): Promise<void> {
  const authorization =
    'AWS4-HMAC-SHA256 Credential=none/20261124/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0';
  const { ok, status } = await fetch(`${url}/${bucket}`, { method: 'PUT', headers: { authorization } });
  if (!ok) throw new Error(`the bucket of the state cannot be made: ${status}`);
}
