import { globSync, readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { expect } from 'chai';
import { load } from 'js-yaml';

const root = resolve(import.meta.dirname, '../../../..');
const { scripts } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as { scripts: Record<string, string> };

type Permissions = Readonly<Record<string, string>>;
interface Step {
  readonly id?: string;
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly if?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}
interface Job {
  readonly needs?: string | readonly string[];
  readonly if?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, string>>;
  readonly 'timeout-minutes'?: number;
  readonly permissions?: Permissions;
  readonly environment?: string;
  readonly concurrency?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly steps?: readonly Step[];
}
interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: Permissions;
  readonly concurrency?: Readonly<Record<string, unknown>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const files = globSync('.github/workflows/*.yml', { cwd: root }).map((file) => resolve(root, file));
const textOf = new Map(files.map((file) => [basename(file), readFileSync(file, 'utf8')]));
const workflows = new Map([...textOf].map(([name, text]) => [name, load(text) as Workflow]));
const workflow = (name: string): Workflow => workflows.get(name) ?? expect.fail(`${name} is missing`);
const job = (file: string, name: string): Job => workflow(file).jobs[name] ?? expect.fail(`${file} has no job ${name}`);
const needsOf = ({ needs = [] }: Job): readonly string[] => (typeof needs === 'string' ? [needs] : needs);

/** What a step may run besides our scripts: each in one line, with nothing of an event in it. */
const otherCommands = [
  /^bash \.ci\/(run|install-[\w-]+)$/,
  /^cat [\w./*-]+ >>? ("\$GITHUB_STEP_SUMMARY"|[\w.-]+)$/,
  /^gh workflow run production\.yml --repo "\$REPOSITORY" --ref main --raw-field "commit=\$COMMIT"$/,
  /^gh pr comment "\$PULL_REQUEST" --repo "\$REPOSITORY" --edit-last --create-if-none --body-file comment\.md$/,
];

/** The names of the scripts that `npm run` would run, with every value that the environment's name can have. */
const scriptsOf = (command: string): string[] => {
  const [, name = ''] = /^(?:[A-Z_]+=\S+ )*npm run -s "?([\w:$]+)"?( |$)/.exec(command) ?? [];
  return name.includes('$ENVIRONMENT')
    ? ['dev', 'staging'].map((environment) => name.replace('$ENVIRONMENT', environment))
    : [name];
};

describe('The workflows of GitHub', () => {
  it('are these', () => {
    expect([...workflows.keys()].sort()).to.deep.equal([
      'check.yml',
      'ci.yml',
      'deploy-environment.yml',
      'deploy.yml',
      'drift.yml',
      'nightly.yml',
      'production.yml',
    ]);
  });

  for (const [file, { permissions, jobs }] of workflows) {
    describe(file, () => {
      const steps = Object.values(jobs).flatMap(({ steps = [] }) => steps);

      it('uses every action at a commit, and says which version that is', () => {
        const uses = [...(textOf.get(file) ?? '').matchAll(/uses: (.*)$/gm)].map(([, used = '']) => used);
        for (const used of uses) {
          expect(used).to.match(
            /^(\.\/\.github\/workflows\/[\w-]+\.yml|[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/,
          );
        }
      });

      it('may do nothing, but for what each job asks for', () => {
        expect(permissions).to.deep.equal({});
        for (const [name, { permissions: own }] of Object.entries(jobs)) expect(own, name).to.be.an('object');
      });

      it('lets no job run for ever', () => {
        for (const [name, { uses, 'timeout-minutes': minutes }] of Object.entries(jobs)) {
          // What is called has its own.
          if (uses === undefined) expect(minutes, name).to.be.within(1, 90);
        }
      });

      it('runs scripts that run here as well, in one line each', () => {
        for (const { run } of steps) {
          if (run === undefined) continue;
          expect(run).to.not.include('\n');
          expect(run, 'an expression in a shell').to.not.include('${{');
          for (const command of run.split(' && ')) {
            if (otherCommands.some((pattern) => pattern.test(command))) continue;
            for (const script of scriptsOf(command)) expect(scripts, command).to.have.property(script);
          }
        }
      });

      it('keeps no key of AWS, and leaves none behind', () => {
        expect(textOf.get(file)).to.not.match(/aws-access-key-id|aws-secret-access-key/i);
        for (const { uses = '', with: options = {}, env = {} } of steps) {
          if (uses.startsWith('actions/checkout@')) expect(options).to.include({ 'persist-credentials': false });
          if (uses.startsWith('aws-actions/')) expect(options).to.have.all.keys('role-to-assume', 'aws-region');
          // The one secret there is seals production's plan.
          expect(JSON.stringify(options)).to.not.include('secrets.');
          for (const [name, value] of Object.entries(env)) {
            if (value.includes('secrets.'))
              expect([name, value]).to.deep.equal(['PLAN_KEY', expression('secrets.PLAN_KEY')]);
          }
        }
        for (const { env = {} } of Object.values(jobs)) expect(JSON.stringify(env)).to.not.include('secrets.');
      });

      it('asks for an identity only where a role is assumed', () => {
        for (const [name, { uses, permissions: own, steps: its = [] }] of Object.entries(jobs)) {
          const assumes =
            its.some((step) => step.uses?.startsWith('aws-actions/')) || uses?.includes('deploy-environment');
          expect(own?.['id-token'] === 'write', name).to.equal(assumes === true);
        }
      });

      it('runs on no event that would hand the rights of main to a pull request', () => {
        expect(workflows.get(file)?.on).to.not.have.any.keys('pull_request_target', 'workflow_run', 'issue_comment');
      });
    });
  }
});

/** What GitHub puts in place of it. */
const expression = (text: string): string => `\${{ ${text} }}`;

describe('The pipeline', () => {
  it('deploys to one environment after the other, what has been checked, and hands over to production', () => {
    const { jobs } = workflow('deploy.yml');
    expect(Object.keys(jobs)).to.deep.equal(['check', 'dev', 'staging', 'production']);
    expect(Object.values(jobs).map(needsOf)).to.deep.equal([[], ['check'], ['check', 'dev'], ['staging']]);
    for (const environment of ['dev', 'staging']) {
      const { uses, with: inputs } = job('deploy.yml', environment);
      expect(uses).to.equal('./.github/workflows/deploy-environment.yml');
      expect(inputs).to.deep.equal({ environment, sha256: expression('needs.check.outputs.sha256') });
    }
    // Otherwise a later job would go on where an earlier one was skipped or failed.
    expect(job('deploy.yml', 'staging').if).to.equal(undefined);
    expect(job('deploy.yml', 'production').if).to.not.match(/always|cancelled|failure/);
  });

  it('starts production without running code of the repository', () => {
    const starters = [...workflows].flatMap(([file, { jobs }]) =>
      Object.entries(jobs)
        .filter(([, { permissions = {} }]) => permissions.actions === 'write')
        .map(([name, { steps = [] }]) => [file, name, steps.some(({ uses }) => uses !== undefined)]),
    );
    expect(starters).to.deep.equal([['deploy.yml', 'production', false]]);
    expect(Object.keys(workflow('production.yml').on)).to.deep.equal(['workflow_dispatch']);
  });

  it('checks a pull request and a merge in the same way', () => {
    for (const file of ['ci.yml', 'deploy.yml']) {
      expect(job(file, 'check').uses).to.equal('./.github/workflows/check.yml');
    }
  });

  it('cancels no deployment', () => {
    expect(workflow('deploy.yml').concurrency).to.deep.equal({ group: 'deploy', 'cancel-in-progress': false });
    const { concurrency, environment } = job('deploy-environment.yml', 'deploy');
    expect(concurrency).to.deep.equal({
      group: `deploy-${expression('inputs.environment')}`,
      'cancel-in-progress': false,
    });
    expect(environment).to.equal(expression('inputs.environment'));
  });

  it('lets nothing wait behind an approval', () => {
    // A job that waits for its environment may hold its group, and a run certainly holds its own.
    const approved = [...workflows].flatMap(([file, { jobs, concurrency }]) =>
      Object.values(jobs)
        .filter(({ environment }) => environment === 'prod')
        .map((its) => [file, concurrency, its.concurrency]),
    );
    expect(approved).to.deep.equal([['production.yml', undefined, undefined]]);
    expect(job('production.yml', 'plan')).to.deep.include({
      environment: 'prod-plan',
      concurrency: { group: 'plan-prod', 'cancel-in-progress': true },
    });
  });

  it('applies the plan that was made, if it is the newest', () => {
    const { steps = [], needs } = job('production.yml', 'apply');
    expect(needs).to.equal('plan');
    const runs = steps.map(({ run = '' }) => run);
    const at = ['npm run -s runs -- newest', 'npm run -s apply:prod -- --plan prod.plan', 'npm run -s smoke'].map(
      (start) => runs.findIndex((run) => run.startsWith(start)),
    );
    expect(at).to.not.include(-1);
    expect(at).to.deep.equal(at.toSorted((a, b) => a - b));
    // Neither builds, synthesizes nor plans: what is applied was shown before it was approved.
    expect(runs.join()).to.not.match(/build|synth|plan:|deploy:|diff:/);
  });

  it('checks the bundles before it has any rights, applies those, and then asks a client', () => {
    const { steps = [] } = job('deploy-environment.yml', 'deploy');
    const order = [
      'npm run -s artifact -- unpack',
      'aws-actions/',
      'npm run -s state:check',
      'npm run -s "deploy:$ENVIRONMENT"',
      'npm run -s smoke',
    ];
    const at = order.map((start) => steps.findIndex(({ run, uses }) => (run ?? uses)?.startsWith(start)));
    expect(at).to.not.include(-1);
    expect(at).to.deep.equal(at.toSorted((a, b) => a - b));
    const apply = steps[at[3] ?? -1]?.run;
    expect(apply).to.match(/ --no-build --auto-approve /);
    // Only what comes after a failure may go on after one.
    expect(
      steps.filter(({ if: condition = '' }) => /failure|always/.test(condition)).map(({ name }) => name),
    ).to.deep.equal(['How to roll back']);
  });

  it('checks what comes from a fork without any rights, and lets only the job that comments write', () => {
    const { jobs, on } = workflow('ci.yml');
    expect(Object.keys(on)).to.deep.equal(['pull_request']);
    expect(job('ci.yml', 'check').if ?? job('ci.yml', 'plan').if).to.equal(undefined);
    const ofThisRepository = 'github.event.pull_request.head.repo.full_name == github.repository';
    expect(job('ci.yml', 'comment').if).to.include(ofThisRepository);
    expect(job('ci.yml', 'plan-in-account').if).to.include(ofThisRepository);
    const writers = Object.entries(jobs).filter(([, { permissions = {} }]) => permissions['pull-requests'] === 'write');
    expect(writers.map(([name]) => name)).to.deep.equal(['comment']);
    expect(job('ci.yml', 'comment').steps?.some(({ uses = '' }) => uses.startsWith('actions/checkout@'))).to.equal(
      false,
    );
  });
});
