import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Run } from '../../../scripts/production/github.ts';

/** A run, with its jobs and artifacts, as a test lays it down. */
export interface KnownRun extends Run {
  /** The workflow's file. */
  readonly workflow: string;
  readonly jobs: Readonly<Record<string, string | null>>;
  /** By name: whether it can still be downloaded. */
  readonly artifacts: Readonly<Record<string, 'kept' | 'expired'>>;
}

/** As much of GitHub's REST API as `scripts/production/github.ts` asks for. */
export interface FakeGitHub {
  readonly url: string;
  readonly runs: KnownRun[];
  stop(): Promise<void>;
}

/** @see https://docs.github.com/en/rest/actions/workflow-runs (version 2022-11-28) */
export async function startFakeGitHub(repository: string, token: string): Promise<FakeGitHub> {
  const runs: KnownRun[] = [];
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://github');
    const answer = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (request.headers.authorization !== `Bearer ${token}`) return answer(401, { message: 'Bad credentials' });
    const path = pathname.replace(`/repos/${repository}/actions/`, '');

    const [, workflow] = /^workflows\/([^/]+)\/runs$/.exec(path) ?? [];
    if (workflow !== undefined) {
      const commit = searchParams.get('head_sha');
      const found = runs.filter(
        (run) =>
          (run.workflow === workflow || String(run.workflow_id) === workflow) && (!commit || run.head_sha === commit),
      );
      return answer(200, { total_count: found.length, workflow_runs: found.toReversed() });
    }
    const [, id, part] = /^runs\/(\d+)(?:\/(jobs|artifacts))?$/.exec(path) ?? [];
    const run = runs.find((each) => String(each.id) === id);
    if (!run) return answer(404, { message: 'Not Found' });
    if (part === 'jobs') {
      return answer(200, { jobs: Object.entries(run.jobs).map(([name, conclusion]) => ({ name, conclusion })) });
    }
    if (part === 'artifacts') {
      const all = Object.entries(run.artifacts).map(([name, state]) => ({ name, expired: state === 'expired' }));
      return answer(200, { artifacts: all.filter(({ name }) => name === searchParams.get('name')) });
    }
    return answer(200, run);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    runs,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
