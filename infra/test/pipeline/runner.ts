import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import { type Contexts, holds, interpolate, type Job, readJob, type Step } from './workflow.ts';

const root = resolve(import.meta.dirname, '../../..');

/** What a GitHub environment has. */
export interface Settings {
  readonly vars: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
}

export interface RunnerOptions {
  /** Of each environment, by its name; `''`: of the repository. */
  readonly settings: Readonly<Record<string, Settings>>;
  /** What every step has in its environment. */
  readonly env: Readonly<Record<string, string>>;
}

export interface JobRequest {
  readonly runId: number;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly needs?: Readonly<
    Record<string, { readonly result?: string; readonly outputs?: Readonly<Record<string, string>> }>
  >;
  /** For each `run:` that is not what this test is about, another. */
  readonly instead?: Readonly<Record<string, string>>;
  /** Beside what the steps have. */
  readonly env?: Readonly<Record<string, string>>;
  /** The name of a step that cannot run here. */
  readonly skip?: string;
}

export interface JobResult {
  readonly result: 'success' | 'failure' | 'skipped';
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  /** What the steps printed. */
  readonly log: string;
  /** The job's checkout, until the next job. */
  readonly folder: string;
}

/**
 * Runs jobs of the workflows on this machine: one after the other, each on a clean checkout, its `run:` steps unchanged,
 * by bash, and in order. Actions are replaced by what they do here: artifacts are copied, credentials are any.
 */
export class Runner {
  readonly #folder = mkdtempSync(join(tmpdir(), 'sessions-pipeline-'));
  readonly #options: RunnerOptions;
  /** Of the checkout. */
  commit = '';

  private constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /** Takes the working copy, as it is now, for what is on `main`. */
  static async start(options: RunnerOptions): Promise<Runner> {
    const runner = new Runner(options);
    const repository = join(runner.#folder, 'repository');
    const files = await runner.#bash('git ls-files -z --cached --others --exclude-standard', root);
    for (const file of files.split('\0')) {
      if (file !== '' && existsSync(join(root, file))) cpSync(join(root, file), join(repository, file));
    }
    const commit =
      'git init --quiet --initial-branch main && git add --all --force . && ' +
      'git -c user.name=test -c user.email=test@example.com -c commit.gpgsign=false commit --quiet --message test && ' +
      'git rev-parse HEAD';
    runner.commit = (await runner.#bash(commit, repository)).trim();
    return runner;
  }

  /** Runs a job of a workflow in `.github/workflows`. */
  async run(workflow: string, name: string, request: JobRequest): Promise<JobResult> {
    const { runId, inputs = {}, needs = {}, instead = {}, skip } = request;
    const job = readJob(join(root, '.github/workflows', workflow), name);
    const environment = interpolate(job.environment ?? '', { inputs });
    const settings = this.#settingsOf(environment);
    const github = { run_id: String(runId), token: 'a token', repository: 'owner/sessions', sha: this.commit };
    const steps: Record<string, { outputs: Record<string, string> }> = {};
    const contexts: Contexts = { inputs, needs, github, steps, ...settings };
    const folder = join(this.#folder, 'checkout');
    const files = {
      GITHUB_OUTPUT: join(this.#folder, 'output'),
      GITHUB_STEP_SUMMARY: join(this.#folder, 'summary'),
    };
    const jobEnv = evaluateAll(job.env, contexts);
    let env: Record<string, string> = { ...files, GITHUB_RUN_ID: String(runId), ...jobEnv, ...request.env };
    let result: 'success' | 'failure' = 'success';
    let log = '';
    if (!holds(job.if, contexts, needsSucceeded(needs)))
      return { result: 'skipped', outputs: {}, summary: '', log, folder };

    writeFileSync(files.GITHUB_STEP_SUMMARY, '');
    for (const step of job.steps) {
      if (skip !== undefined && step.name === skip) continue;
      const known = { ...contexts, env };
      if (!holds(step.if, known, result)) continue;
      if (step.uses) {
        env = { ...env, ...(await this.#use(step, known, folder, runId)) };
        continue;
      }
      writeFileSync(files.GITHUB_OUTPUT, '');
      const { run = '' } = step;
      try {
        log += await this.#bash(instead[run] ?? run, folder, { ...env, ...evaluateAll(step.env, known) });
      } catch (error) {
        log += (error as Error).message;
        result = 'failure';
      }
      if (step.id) steps[step.id] = { outputs: parseOutputs(readFileSync(files.GITHUB_OUTPUT, 'utf8')) };
    }
    const summary = readFileSync(files.GITHUB_STEP_SUMMARY, 'utf8');
    return { result, outputs: evaluateAll(job.outputs, contexts), summary, log, folder };
  }

  /** Where a file of an artifact is, to be changed by a test. */
  artifact(runId: number, name: string, file: string): string {
    return join(this.#artifact(String(runId), name), file);
  }

  stop(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #settingsOf(environment: string): Settings {
    const { settings } = this.#options;
    return {
      vars: { ...settings['']?.vars, ...settings[environment]?.vars },
      secrets: { ...settings['']?.secrets, ...settings[environment]?.secrets },
    };
  }

  #artifact(runId: string, name: string): string {
    return join(this.#folder, 'artifacts', runId, name);
  }

  /** Does what an action does. @returns what later steps have in their environment */
  async #use(
    { uses = '', with: options = {} }: Step,
    contexts: Contexts,
    folder: string,
    runId: number,
  ): Promise<Record<string, string>> {
    const option = (name: string) => interpolate(String(options[name] ?? ''), contexts);
    switch (uses.split('@')[0]) {
      case 'actions/checkout':
        // What is installed stays, as with a cache: a copy of it for each job takes longer than the jobs.
        await this.#bash(
          'git -C checkout clean -ffdx --quiet --exclude node_modules 2>&1 || git clone --quiet repository checkout',
          this.#folder,
        );
        return {};
      case 'actions/setup-node':
      case 'hashicorp/setup-terraform':
        return {};
      case 'actions/upload-artifact': {
        const [from, to] = [join(folder, option('path')), this.#artifact(String(runId), option('name'))];
        if (!existsSync(from) && option('if-no-files-found') === 'ignore') return {};
        rmSync(to, { recursive: true, force: true });
        if (statSync(from).isDirectory()) cpSync(from, to, { recursive: true });
        else cpSync(from, join(to, basename(from)));
        return {};
      }
      case 'actions/download-artifact':
        mkdirSync(join(folder, option('path')), { recursive: true });
        cpSync(this.#artifact(option('run-id') || String(runId), option('name')), join(folder, option('path')), {
          recursive: true,
        });
        return {};
      case 'aws-actions/configure-aws-credentials':
        return {
          AWS_ACCESS_KEY_ID: option('role-to-assume'),
          AWS_SECRET_ACCESS_KEY: 'any',
          AWS_REGION: option('aws-region'),
        };
      default:
        throw new Error(`this runner does not know the action ${uses}`);
    }
  }

  /** Runs a command line as GitHub does. @returns what it printed @throws {Error} with what it printed */
  #bash(command: string, cwd: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
    const child = spawn('bash', ['-eo', 'pipefail', '-c', command], {
      cwd,
      env: { ...ownEnvironment(), ...this.#options.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        printed += text;
      });
    }
    return new Promise((done, fail) => {
      child.once('error', fail);
      child.once('close', (code) =>
        code === 0 ? done(printed) : fail(new Error(`${printed}\n(${command}: ${code})\n`)),
      );
    });
  }
}

/** This process's environment without what a runner of GitHub would not have, and with the project's Node.js. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(AWS_|TF_|GITHUB_|STATE_|npm_)/.test(name));
  return { ...Object.fromEntries(kept), PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}` };
}

const evaluateAll = (texts: Job['env'] = {}, contexts: Contexts): Record<string, string> =>
  Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, interpolate(text, contexts)]));

const parseOutputs = (text: string): Record<string, string> =>
  Object.fromEntries([...text.matchAll(/^(\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]));

const needsSucceeded = (needs: NonNullable<JobRequest['needs']>): 'success' | 'failure' =>
  Object.values(needs).every(({ result = 'success' }) => result === 'success') ? 'success' : 'failure';
