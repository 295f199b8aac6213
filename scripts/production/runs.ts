/**
 * What the workflow "production" asks about runs:
 *
 *     npm run -s runs -- find <commit>     prints `run=<id>`: of "deploy", whose tested bundles of this commit run in staging
 *     npm run -s runs -- newest <run id>   fails if a run of "production" was started after this one: newest wins
 */
import { createGitHub, type GitHub } from './github.ts';

/** Names as GitHub has them: `<job> / <job of the workflow that it calls>`. */
const needed = ['check / check', 'staging / deploy'];

/**
 * Finds the run that tested a commit's bundles and deployed them to staging.
 * @throws {Error} there is none, or its bundles are not kept any more
 */
export async function findTestedRun(github: GitHub, commit: string): Promise<number> {
  if (!/^[0-9a-f]{40}$/.test(commit))
    throw new Error(`commit must be 40 hexadecimal digits, not ${JSON.stringify(commit)}`);
  let isExpired = false;
  for (const { id } of await github.runsOnMain('deploy.yml', commit)) {
    const jobs = await github.jobs(id);
    if (!needed.every((name) => jobs.get(name) === 'success')) continue;
    if (await github.hasArtifact(id, 'bundles')) return id;
    isExpired = true;
  }
  throw new Error(
    isExpired
      ? `the bundles of ${commit} are not kept any more: revert to it on main, which tests and builds it anew`
      : `no run of "deploy" on main tested ${commit} and deployed it to staging`,
  );
}

/**
 * Makes sure that a plan is the newest. An older one may wait for an approval for 30 days: what came after it, such as
 * a rollback, must not be undone by approving it. A newer run that failed, or was rejected, does not count.
 * @param plannedBy the run that made the plan @param own the run that is asking
 * @throws {Error} a newer run is under way, waits, or has succeeded
 */
export async function requireNewest(github: GitHub, plannedBy: number, own: number): Promise<void> {
  const { workflow_id: workflow, run_started_at: startedAt } = await github.run(plannedBy);
  const newer = (await github.runsOnMain(workflow)).find(
    ({ id, status, conclusion, run_started_at }) =>
      id !== own && run_started_at > startedAt && (status !== 'completed' || conclusion === 'success'),
  );
  if (!newer) return;
  const state = newer.status === 'completed' ? 'has succeeded' : `is ${newer.status}`;
  throw new Error(
    `run ${newer.id} is newer than the plan of run ${plannedBy}, and ${state}: approve or apply that one, or reject it ` +
      'and plan again (re-run all jobs)',
  );
}

async function main([command, argument = '', ...more]: string[]): Promise<void> {
  if (more.length > 0) throw new Error('usage: runs <find <commit>|newest <run id>>');
  const github = createGitHub(process.env);
  if (command === 'find') console.log(`run=${await findTestedRun(github, argument)}`);
  else if (command === 'newest') {
    if (!/^\d+$/.test(argument)) throw new Error(`the run must be a number, not ${JSON.stringify(argument)}`);
    await requireNewest(github, Number(argument), Number(process.env.GITHUB_RUN_ID));
    console.log(`runs: the plan of run ${argument} is the newest`);
  } else throw new Error(`${command ?? 'nothing'} is no command: use find or newest`);
}

if (process.argv[1] === import.meta.filename) {
  await main(process.argv.slice(2)).catch((error: Error) => {
    console.error(`runs: ${error.message}`);
    process.exitCode = 1;
  });
}
