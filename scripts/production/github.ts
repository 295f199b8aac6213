import { z } from 'zod';

const runSchema = z.object({
  id: z.number(),
  workflow_id: z.number(),
  head_sha: z.string(),
  /** `queued`, `in_progress`, `waiting` (for an approval), `completed`, … */
  status: z.string(),
  /** `success`, `failure`, `cancelled`, …; null until it is completed. */
  conclusion: z.string().nullable(),
  /** ISO 8601, of the latest attempt. */
  run_started_at: z.string(),
});
/** A run of a workflow. */
export type Run = z.infer<typeof runSchema>;

const runsSchema = z.object({ workflow_runs: z.array(runSchema) });
const jobsSchema = z.object({ jobs: z.array(z.object({ name: z.string(), conclusion: z.string().nullable() })) });
const artifactsSchema = z.object({ artifacts: z.array(z.object({ name: z.string(), expired: z.boolean() })) });

/** What is asked of GitHub about the runs of one repository. */
export interface GitHub {
  run(id: number): Promise<Run>;
  /** The latest 100 runs on `main`, newest first. @param workflow its file's name, or its number */
  runsOnMain(workflow: string | number, commit?: string): Promise<readonly Run[]>;
  /** What became of each job of the latest attempt, by name; null: not yet. */
  jobs(runId: number): Promise<ReadonlyMap<string, string | null>>;
  /** Whether a run has an artifact that can still be downloaded. */
  hasArtifact(runId: number, name: string): Promise<boolean>;
}

/**
 * Asks GitHub's REST API as a workflow may: with GITHUB_API_URL, GITHUB_REPOSITORY and GH_TOKEN.
 * @throws {Error} one of them is missing
 */
export function createGitHub({ GITHUB_API_URL, GITHUB_REPOSITORY, GH_TOKEN }: NodeJS.ProcessEnv): GitHub {
  if (!GITHUB_API_URL || !GITHUB_REPOSITORY || !GH_TOKEN) {
    throw new Error('this runs in a workflow of GitHub: GITHUB_API_URL, GITHUB_REPOSITORY or GH_TOKEN is missing');
  }
  const get = async <T>(path: string, query: Record<string, string>, schema: z.ZodType<T>): Promise<T> => {
    const url = `${GITHUB_API_URL}/repos/${GITHUB_REPOSITORY}/actions/${path}?${new URLSearchParams(query)}`;
    const headers = {
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${GH_TOKEN}`,
      'x-github-api-version': '2022-11-28',
    };
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(30_000) });
    if (!response.ok) throw new Error(`GitHub answers ${response.status} to ${path}: ${await response.text()}`);
    return schema.parse(await response.json());
  };
  return {
    run: (id) => get(`runs/${id}`, {}, runSchema),
    runsOnMain: async (workflow, commit) => {
      const query = { branch: 'main', per_page: '100', ...(commit && { head_sha: commit }) };
      return (await get(`workflows/${workflow}/runs`, query, runsSchema)).workflow_runs;
    },
    jobs: async (runId) => {
      const { jobs } = await get(`runs/${runId}/jobs`, { per_page: '100' }, jobsSchema);
      return new Map(jobs.map(({ name, conclusion }) => [name, conclusion]));
    },
    hasArtifact: async (runId, name) => {
      const { artifacts } = await get(`runs/${runId}/artifacts`, { name }, artifactsSchema);
      return artifacts.some((artifact) => artifact.name === name && !artifact.expired);
    },
  };
}
