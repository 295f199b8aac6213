import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parseOptions } from '../../../scripts/smoke/options.ts';
import { findTerraform } from '../../../scripts/terraform.ts';
import { type Aws, startAws } from '../deploy/aws.ts';
import { findMoto } from '../deploy/moto.ts';
import { type FakeGitHub, type KnownRun, startFakeGitHub } from './fake-github.ts';
import { type JobRequest, type JobResult, Runner } from './runner.ts';

const bucket = 'our-state';
const key = Buffer.alloc(32, 7).toString('base64');
/** The run of "deploy" that tests and builds. */
const tested = 11;

describe('the pipeline, its own steps in order, with the real Terraform and an emulator of AWS,', function () {
  this.timeout(300_000); // see deploy.test.ts

  let aws: Aws;
  let github: FakeGitHub;
  let runner: Runner;

  before(async function () {
    const [terraform, moto] = await Promise.all([findTerraform(), findMoto()]);
    if (typeof terraform === 'string' || typeof moto === 'string') {
      console.log(`pipeline tests skipped: ${[terraform, moto].find((each) => typeof each === 'string')}`);
      return this.skip();
    }
    aws = await startAws(moto.python, '000000000000');
    github = await startFakeGitHub('owner/sessions', 'a token');
    await createBucket(aws.url);
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
        AWS_MAX_ATTEMPTS: '6', // moto now and then fails a call that comes beside others
        GITHUB_API_URL: github.url,
        GITHUB_REPOSITORY: 'owner/sessions',
        ...(terraform.initArguments.length > 0 && { TF_CLI_ARGS_init: terraform.initArguments.join(' ') }),
      },
    });
  });

  after(async () => {
    runner?.stop();
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
      until: 'Smoke test',
    });

  const outputsIn = (folder: string) => JSON.parse(readFileSync(join(folder, 'outputs.json'), 'utf8'));

  it('tests and packs, deploys to dev, and finds there what the smoke test needs', async () => {
    const instead = { 'bash .ci/run': 'npm run -s bootstrap && npm run -s build' };
    const checked = await runner.run('check.yml', 'check', { runId: tested, instead });
    expect(checked.result, checked.log).to.equal('success');
    github.runs.push(deployRun());

    const inputs = { environment: 'dev', sha256: checked.outputs.sha256 ?? '' };
    const deployed = await runner.run('deploy-environment.yml', 'deploy', {
      runId: tested,
      inputs,
      until: 'Smoke test',
    });
    expect(deployed.result, deployed.log).to.equal('success');
    console.log(outputsIn(deployed.folder));
    const options = await parseOptions(['--outputs', join(deployed.folder, 'outputs.json')], {});
    expect(options?.target).to.have.keys('kind', 'url', 'pool');
  });

  it('plans production, shows it, and applies that plan after the approval', async () => {
    const planned = await plan(21);
    expect(planned.result, planned.log).to.equal('success');
    console.log(planned.summary.slice(0, 300), planned.outputs);
    const applied = await apply(21, planned);
    expect(applied.result, applied.log).to.equal('success');
    console.log(applied.log.slice(-600), outputsIn(applied.folder));
    expect(existsSync('/')).to.equal(true);
  });
});

async function createBucket(url: string): Promise<void> {
  const authorization =
    'AWS4-HMAC-SHA256 Credential=none/20261124/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0';
  const { ok, status } = await fetch(`${url}/${bucket}`, { method: 'PUT', headers: { authorization } });
  if (!ok) throw new Error(`the bucket of the state cannot be made: ${status}`);
}
