import { expect } from 'chai';
import { createGitHub } from '../../../scripts/production/github.ts';
import { findTestedRun, requireNewest } from '../../../scripts/production/runs.ts';
import { type FakeGitHub, type KnownRun, startFakeGitHub } from '../pipeline/fake-github.ts';

const commit = 'a'.repeat(40);

describe('what production asks GitHub', () => {
  let fake: FakeGitHub;
  const github = () =>
    createGitHub({ GITHUB_API_URL: fake.url, GITHUB_REPOSITORY: 'owner/sessions', GH_TOKEN: 'a token' });

  beforeEach(async () => {
    fake = await startFakeGitHub('owner/sessions', 'a token');
  });
  afterEach(() => fake.stop());

  const deployRun = (id: number, more: Partial<KnownRun> = {}): KnownRun => ({
    id,
    workflow: 'deploy.yml',
    workflow_id: 1,
    head_sha: commit,
    status: 'completed',
    conclusion: 'success',
    run_started_at: '2026-11-24T10:00:00Z',
    jobs: { 'check / check': 'success', 'dev / deploy': 'success', 'staging / deploy': 'success' },
    artifacts: { bundles: 'kept' },
    ...more,
  });

  it('finds the run that tested a commit and deployed it to staging', async () => {
    const jobs = { 'check / check': 'success', 'dev / deploy': 'success', 'staging / deploy': 'failure' };
    const running = { 'check / check': 'success', 'dev / deploy': 'success', 'staging / deploy': null };
    fake.runs.push(
      deployRun(1),
      deployRun(2, { head_sha: 'b'.repeat(40) }),
      deployRun(3, { jobs, conclusion: 'failure' }),
      deployRun(4, { jobs: running, status: 'in_progress', conclusion: null }),
    );
    expect(await findTestedRun(github(), commit)).to.equal(1);
  });

  it('says why there is none', async () => {
    const reason = (of = commit) => findTestedRun(github(), of).catch(String);
    expect(await reason('main')).to.equal('Error: commit must be 40 hexadecimal digits, not "main"');
    expect(await reason()).to.equal(`Error: no run of "deploy" on main tested ${commit} and deployed it to staging`);
    fake.runs.push(deployRun(1, { artifacts: { bundles: 'expired' } }));
    expect(await reason()).to.equal(
      `Error: the bundles of ${commit} are not kept any more: revert to it on main, which tests and builds it anew`,
    );
  });

  describe('about the newest plan:', () => {
    const at = (minute: number) => `2026-11-24T11:${minute}:00Z`;
    const production = (id: number, minute: number, more: Partial<KnownRun> = {}): KnownRun =>
      deployRun(id, { workflow: 'production.yml', workflow_id: 2, run_started_at: at(minute), ...more });
    const waiting = { status: 'waiting', conclusion: null };
    const outcome = (plannedBy: number, own: number) =>
      requireNewest(github(), plannedBy, own).then(() => 'newest', String);

    it('an older one gives way to one that waits, runs or has succeeded', async () => {
      for (const newer of [waiting, { status: 'in_progress', conclusion: null }, {}]) {
        fake.runs.splice(0, Infinity, production(1, 10, waiting), production(2, 20, newer));
        expect(await outcome(1, 1)).to.match(/^Error: run 2 is newer than the plan of run 1, and (is|has) /);
        expect(await outcome(2, 2)).to.equal('newest');
      }
    });

    it('one that failed or was rejected does not count, nor does another workflow', async () => {
      fake.runs.push(
        production(1, 10, waiting),
        production(2, 20, { conclusion: 'failure' }),
        production(3, 30, { conclusion: 'cancelled' }),
        deployRun(4, { run_started_at: at(40) }),
      );
      expect(await outcome(1, 1)).to.equal('newest');
    });

    it('a run that is started again is the newest: so a rollback overtakes', async () => {
      fake.runs.push(production(1, 30, waiting), production(2, 20, waiting));
      expect(await outcome(1, 1)).to.equal('newest');
      expect(await outcome(2, 2)).to.match(/^Error: run 1 is newer/);
    });

    it('a run that applies the plan of another does not stand in its own way', async () => {
      fake.runs.push(production(1, 10), production(2, 20, { status: 'in_progress', conclusion: null }));
      expect(await outcome(1, 2)).to.equal('newest');
    });
  });

  it('says what GitHub answers instead', async () => {
    const wrong = createGitHub({ GITHUB_API_URL: fake.url, GITHUB_REPOSITORY: 'owner/sessions', GH_TOKEN: 'other' });
    expect(await findTestedRun(wrong, commit).catch(String)).to.equal(
      'Error: GitHub answers 401 to workflows/deploy.yml/runs: {"message":"Bad credentials"}',
    );
    expect(() => createGitHub({})).to.throw('this runs in a workflow of GitHub');
  });
});
