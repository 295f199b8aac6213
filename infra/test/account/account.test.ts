import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Terraform } from '../../../scripts/terraform.ts';
import { leaveForTheNight, needTools } from '../../../scripts/tools/need-tools.ts';
import { moto } from '../../../scripts/tools/python.ts';
import { terraformWithProvider } from '../../../scripts/tools/terraform.ts';
import type { EnvironmentName } from '../../src/index.ts';
import { type Aws, startAws } from '../deploy/aws.ts';
import { type Bundles, copyBundles } from '../deploy/bundles.ts';
import { type Clients, createClients } from '../deploy/clients.ts';
import { Deployment, type Variables } from '../deploy/deployment.ts';
import { createHostedZone } from '../deploy/hosted-zone.ts';
import { type Judge, judgePolicy, judgeRole, judgeTrust } from './account-roles.ts';
import { type Recorder, startRecorder } from './recorder.ts';
import type { RequestedAction } from './requested-actions.ts';
import { runSetup } from './setup.ts';

const accountId = '000000000000';
const region = 'us-east-1';
const key = `arn:aws:kms:${region}:${accountId}:key/11111111-2222-3333-4444-555555555555`;
const role = (name: string) => `arn:aws:iam::${accountId}:role/${name}`;
const boundaryOf = (environment: EnvironmentName) =>
  `arn:aws:iam::${accountId}:policy/sessions-pipeline/sessions-${environment}-boundary`;

describe('an account that `npm run account:setup` has set up,', function () {
  this.timeout(600_000); // two deployments, see deploy.test.ts

  let terraform: Terraform;
  let aws: Aws;
  let recorder: Recorder;
  let clients: Clients;
  let bundles: Bundles;
  let folder: string;
  let options: string[];
  let hostedZoneId: string;

  before(async function () {
    const [found, { python }] = await needTools(this, 'account tests', terraformWithProvider, moto);
    terraform = found;
    bundles = copyBundles();
    aws = await startAws(python, accountId);
    recorder = await startRecorder(aws.url, accountId, region);
    clients = createClients(recorder.url);
    folder = mkdtempSync(join(tmpdir(), 'sessions-account-'));
    hostedZoneId = await createHostedZone(aws.url, 'example.com');
    options = [
      ...['--repository', 'octo/sessions', '--region', region, '--state-bucket', 'our-state'],
      ...['--environments', 'dev,prod', '--kms-key-arn', key, '--hosted-zone-id', hostedZoneId],
    ];
  });

  after(async () => {
    await recorder?.stop();
    await aws?.stop();
    bundles?.remove();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  const setUp = (name: string, ...more: string[]) =>
    runSetup([...options, '--folder', join(folder, name), ...more], { terraform, url: recorder.url });

  it('keeps its own state in the bucket that it made, and says what is left to do', async () => {
    const { code, stdout, stderr } = await setUp('first', '--auto-approve');

    expect(code, stderr).to.equal(0);
    expect(existsSync(join(folder, 'first', 'sessions-bootstrap.tfstate'))).to.equal(false);
    expect(stdout)
      .to.include(`AWS_ROLE_ARN=${role('sessions-pipeline/sessions-prod-deploy')}`)
      .and.to.include(`AWS_ROLE_ARN=${role('sessions-pipeline/sessions-prod-plan')}`)
      .and.to.include(`permissions_boundary = "${boundaryOf('prod')}"`)
      .and.to.include('STATE_BUCKET=our-state')
      .and.to.match(/^ {2}dev-plan \(open to every branch: .*\):$/m)
      .and.to.match(/^ {2}prod-plan:$/m);
  });

  it('is found again from another folder, with nothing left to change', async () => {
    const { code, stdout, stderr } = await setUp('second', '--plan');

    expect(code, stderr).to.equal(0);
    expect(stdout).to.include('No changes.');
  });

  it('takes over a bucket that is there only if told to', async () => {
    const bucket = ['--state-bucket', 'made-by-hand'];
    await fetch(`${aws.url}/made-by-hand`, {
      method: 'PUT',
      headers: { authorization: `AWS4-HMAC-SHA256 Credential=none/20260101/${region}/s3/aws4_request` },
    });

    const refused = await setUp('third', ...bucket, '--plan');
    const planned = await setUp('third', ...bucket, '--plan', '--adopt-bucket');

    expect(refused.code).to.equal(1);
    expect(refused.stderr).to.include('add --adopt-bucket');
    expect(planned.code, planned.stderr).to.equal(0);
    expect(planned.stdout).to.match(/aws_s3_bucket\.\w+ will be (updated in-place|imported)/);
    expect(planned.stdout).to.match(/1 to import/);
  });

  it('keeps the states versioned, encrypted, out of reach and by TLS only', async () => {
    const ask = async (what: string) =>
      (
        await fetch(`${recorder.url}/our-state?${what}`, {
          headers: { authorization: `AWS4-HMAC-SHA256 Credential=none/20260101/${region}/s3/aws4_request` },
        })
      ).text();

    expect(await ask('versioning')).to.include('<Status>Enabled</Status>');
    expect(await ask('encryption')).to.include('AES256');
    expect(await ask('lifecycle')).to.include('<NoncurrentDays>90</NoncurrentDays>');
    expect((await ask('publicAccessBlock')).match(/true/g)).to.have.length(4);
    expect(JSON.parse(await ask('policy')).Statement[0]).to.deep.include({
      Effect: 'Deny',
      Action: 's3:*',
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    });
  });

  const stacks: [EnvironmentName, () => Variables][] = [
    ['dev', () => ({})],
    [
      'prod',
      () => ({
        domain_name: 'ws.example.com',
        certificate_arn: `arn:aws:acm:${region}:${accountId}:certificate/11111111-2222-3333-4444-555555555555`,
        hosted_zone_id: hostedZoneId,
        kms_key_arn: key,
        reserved_concurrency: { heartbeat: 100 },
        manage_api_gateway_account: true,
        access_logs: true,
        tracing: true,
        alarm_email: 'ops@example.com',
        tags: { Team: 'audio' },
        monthly_budget_usd: 100,
        ip_address_type: 'dualstack',
        deletion_protection: false,
      }),
    ],
  ];

  for (const [environment, variables] of stacks) {
    const name = (which: string) => `sessions-${environment}-${which}`;

    describe(`for the stack of ${environment},`, () => {
      let deploy: Judge;
      let plan: Judge;
      let boundary: Judge;
      let deployment: Deployment;
      let applied: readonly RequestedAction[];

      before(async function () {
        // By day the smaller stack; `policies.test.ts` asks of every environment what the roles must not do.
        if (environment === 'prod') leaveForTheNight(this, 'account of prod');
        deploy = await judgeRole(clients.iam, name('deploy'));
        plan = await judgeRole(clients.iam, name('plan'));
        boundary = await judgePolicy(clients.iam, boundaryOf(environment));
        deployment = await Deployment.start(terraform, bundles.synthesize(environment, false), recorder.url);
        await deployment.set({ ...variables(), permissions_boundary: boundaryOf(environment) });
        recorder.take();
        await deployment.apply();
        applied = recorder.take();
      });

      after(() => deployment?.stop());

      it('lets the deploy role make all of it, every role with its boundary', () => {
        const roles = applied.filter(({ action }) => action === 'iam:CreateRole');

        expect(applied.length).to.be.greaterThan(100);
        expect(deploy.refused(applied)).to.deep.equal([]);
        expect(roles).to.have.length.of.at.least(7);
        expect(new Set(roles.map(({ context }) => context['iam:permissionsboundary']))).to.deep.equal(
          new Set([boundaryOf(environment)]),
        );
      });

      it('lets the plan role plan it, and change nothing', async () => {
        expect(await deployment.plan()).to.deep.equal({});

        expect(plan.refused(recorder.take())).to.deep.equal([]);
        const reads = /:(Get|List|Describe|View|GET)/;
        const changes = applied.filter(({ action }) => !reads.test(action));
        expect(changes.length).to.be.greaterThan(50);
        expect(plan.refused(changes)).to.have.length(changes.length);
      });

      it('allows a role of the stack all that its policies do, and nothing of IAM', async () => {
        const { resources } = await deployment.state();
        const policies = resources.filter(({ type }) => type === 'aws_iam_role_policy');
        const asked = policies.flatMap(({ attributes }) =>
          (JSON.parse(String(attributes.policy)).Statement as { Action: string[]; Resource: string[] }[]).flatMap(
            ({ Action, Resource }) =>
              Action.flatMap((action) => Resource.map((resource) => ({ action, resource, context: {} }))),
          ),
        );

        expect(asked.length).to.be.greaterThan(30);
        expect(boundary.refused(asked)).to.deep.equal([]);
        for (const action of ['iam:CreateRole', 'sts:AssumeRole', 's3:GetObject', 'secretsmanager:GetSecretValue']) {
          expect(boundary.allows(action, '*'), action).to.equal(false);
        }
        const others = `arn:aws:dynamodb:${region}:${accountId}:table/sessions-staging-sessions`;
        expect(boundary.allows('dynamodb:GetItem', others)).to.equal(false);
      });

      it('lets the deploy role take all of it away', async () => {
        recorder.take();
        await deployment.destroy();

        expect(deploy.refused(recorder.take())).to.deep.equal([]);
      });

      it('does not let the deploy role exceed the boundary', () => {
        const own = role(name('connection'));
        const bounded = { 'iam:permissionsboundary': boundaryOf(environment) };
        const admin = 'arn:aws:iam::aws:policy/AdministratorAccess';
        const refused: [string, string, Record<string, string>?][] = [
          ['iam:CreateRole', own],
          ['iam:CreateRole', own, { 'iam:permissionsboundary': admin }],
          ['iam:CreateRole', role('other'), bounded],
          ['iam:PutRolePolicy', own],
          ['iam:AttachRolePolicy', own, { ...bounded, 'iam:policyarn': admin }],
          ['iam:PutRolePermissionsBoundary', own, { 'iam:permissionsboundary': admin }],
          ['iam:DeleteRolePermissionsBoundary', own, bounded],
          ['iam:CreatePolicyVersion', boundaryOf(environment)],
          ['iam:SetDefaultPolicyVersion', boundaryOf(environment)],
          ['iam:PassRole', own, { 'iam:passedtoservice': 'ec2.amazonaws.com' }],
          ['iam:PassRole', role('other'), { 'iam:passedtoservice': 'lambda.amazonaws.com' }],
          ['iam:PutRolePolicy', role(`sessions-pipeline/${name('deploy')}`), bounded],
          ['iam:UpdateAssumeRolePolicy', role(`sessions-pipeline/${name('plan')}`)],
          // A role of an earlier time, made by hand and without a boundary.
          ['iam:PassRole', role(name('deploy')), { 'iam:passedtoservice': 'lambda.amazonaws.com' }],
          ['iam:UpdateAssumeRolePolicy', role(name('deploy'))],
          ['iam:CreateUser', `arn:aws:iam::${accountId}:user/me`],
          ['sts:AssumeRole', role('admin')],
          [
            'lambda:AddPermission',
            `arn:aws:lambda:${region}:${accountId}:function:${name('x')}`,
            { 'lambda:principal': '*' },
          ],
          ['lambda:UpdateFunctionCode', `arn:aws:lambda:${region}:${accountId}:function:other`],
        ];
        const allowed = refused.filter(([action, resource, context]) => deploy.allows(action, resource, context));

        expect(allowed).to.deep.equal([]);
        expect(deploy.allows('iam:CreateRole', own, bounded)).to.equal(true);
        expect(deploy.allows('iam:PassRole', own, { 'iam:passedtoservice': 'lambda.amazonaws.com' })).to.equal(true);
      });

      it('lets neither role read data', () => {
        const table = `arn:aws:dynamodb:${region}:${accountId}:table/${name('sessions')}`;
        const log = `arn:aws:logs:${region}:${accountId}:log-group:/aws/lambda/${name('connection')}:*`;
        const pool = `arn:aws:cognito-idp:${region}:${accountId}:userpool/${region}_AbCdEfGhI`;
        const tags = { 'aws:resourcetag/project': 'sessions', 'aws:resourcetag/environment': environment };
        const data: [string, string][] = [
          ...[
            'GetItem',
            'BatchGetItem',
            'Query',
            'Scan',
            'PartiQLSelect',
            'ExportTableToPointInTime',
            'GetRecords',
          ].map((action): [string, string] => [`dynamodb:${action}`, table]),
          ...['GetLogEvents', 'FilterLogEvents', 'StartQuery', 'StartLiveTail'].map((action): [string, string] => [
            `logs:${action}`,
            log,
          ]),
          ['secretsmanager:GetSecretValue', '*'],
          ['ssm:GetParameter', `arn:aws:ssm:${region}:${accountId}:parameter/other`],
          ['cognito-idp:ListUsers', pool],
          ['cognito-idp:AdminGetUser', pool],
          ['kms:Decrypt', key],
          ['lambda:InvokeFunction', `arn:aws:lambda:${region}:${accountId}:function:${name('connection')}`],
        ];
        for (const judge of [deploy, plan]) {
          expect(data.filter(([action, resource]) => judge.allows(action, resource, tags))).to.deep.equal([]);
        }
      });

      it('gives each role the state of its environment, and no other', () => {
        const object = (which: string) => `arn:aws:s3:::our-state/sessions/${which}`;
        const own = object(`sessions-${environment}.tfstate`);

        expect(plan.allows('s3:GetObject', own)).to.equal(true);
        expect(plan.allows('s3:PutObject', own)).to.equal(false);
        expect(deploy.allows('s3:PutObject', own)).to.equal(true);
        expect(deploy.allows('s3:DeleteObject', own)).to.equal(false);
        for (const action of ['s3:GetObject', 's3:PutObject', 's3:DeleteObject']) {
          const lock = deploy.allows(action, `${own}.tflock`);
          expect(lock, action).to.equal(true);
          for (const other of ['sessions-staging.tfstate', 'sessions-bootstrap.tfstate']) {
            expect(deploy.allows(action, object(other)), `${action} on ${other}`).to.equal(false);
          }
        }
      });

      describe('trusts a job of GitHub', () => {
        const main = 'refs/heads/main';
        /** The claims of a job's token that AWS evaluates; GitHub has two forms of `sub`. */
        const job = (sub: string, { repository = 'octo/sessions', ref = main, aud = 'sts.amazonaws.com' } = {}) =>
          Object.fromEntries(
            Object.entries({ sub, repository, ref, aud }).map(([claim, value]) => [
              `token.actions.githubusercontent.com:${claim}`,
              value,
            ]),
          );
        const names = 'repo:octo/sessions';
        const numbers = 'repo:octo@123456/sessions@456789';
        const take = 'sts:AssumeRoleWithWebIdentity';
        for (const [which, trusted] of [
          ['deploy', environment],
          ['plan', `${environment}-plan`],
        ] as const) {
          const suffix = `environment:${trusted}`;

          it(`of ${trusted}, in both forms of its subject, for ${which}`, async () => {
            const trust = await judgeTrust(clients.iam, name(which));

            expect([names, numbers].filter((of) => !trust.allows(take, '*', job(`${of}:${suffix}`)))).to.deep.equal([]);
          });

          it(`and of nothing else for ${which}`, async () => {
            const trust = await judgeTrust(clients.iam, name(which));
            const others = [
              job(`${names}:${suffix}-2`),
              job(`${numbers}:${suffix}-2`),
              job(`${names}:ref:${main}`),
              job(`${names}:pull_request`),
              job(`${numbers}:pull_request`),
              job(`repo:octo/other:${suffix}`, { repository: 'octo/other' }),
              job(`repo:octo@123456/other@456789:${suffix}`, { repository: 'octo/other' }),
              job(`repo:octo@123456/sessions@1:${suffix}`, { repository: 'octo/other' }),
              job(`repo:octo-2@123456/sessions@456789:${suffix}`, { repository: 'octo-2/sessions' }),
              job(`${names}:${suffix}`, { aud: 'others' }),
            ];

            expect(others.filter((claims) => trust.allows(take, '*', claims))).to.deep.equal([]);
          });

          it(`${trusted === 'dev-plan' ? 'from every branch' : 'from main only'} for ${which}`, async () => {
            const trust = await judgeTrust(clients.iam, name(which));
            const refs = ['refs/heads/feature', 'refs/heads/main-2', 'refs/pull/7/merge', 'refs/tags/main'];
            const trustedRefs = refs.filter((ref) => trust.allows(take, '*', job(`${names}:${suffix}`, { ref })));

            expect(trustedRefs).to.deep.equal(trusted === 'dev-plan' ? refs : []);
          });
        }
      });

      it('fits what AWS takes of a policy', () => {
        expect(Math.max(deploy.size, plan.size, boundary.size)).to.be.at.most(6144);
      });
    });
  }
});
