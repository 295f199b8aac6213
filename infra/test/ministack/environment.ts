import { type ExecFileException, execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';
import { environmentOf } from './ministack.ts';

export type Outputs = Readonly<Record<string, string>>;

/** An environment as its operator handles it: with the scripts of package.json, in a copy of the repository. */
export class Environment {
  readonly #repository: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #name: string;
  readonly #folder: string;

  constructor(folder: string, name: string) {
    this.#folder = folder;
    this.#repository = join(folder, 'repository');
    this.#env = environmentOf(folder);
    this.#name = name;
  }

  /** The content of `terraform.<environment>.tfvars`. */
  set(variables: Readonly<Record<string, unknown>>): void {
    const lines = Object.entries(variables).map(([name, value]) => `${name} = ${JSON.stringify(value)}\n`);
    writeFileSync(join(this.#repository, `terraform.${this.#name}.tfvars`), lines.join(''));
  }

  deploy(): Promise<string> {
    return this.#cdktf('deploy');
  }

  destroy(): Promise<string> {
    const confirmed = this.#name === 'prod' ? ['--confirm', 'sessions-prod'] : [];
    return this.#cdktf('destroy', ...confirmed);
  }

  /** Runs a script of package.json. @returns what it printed @throws {Error} with what it printed */
  async run(script: string, ...args: readonly string[]): Promise<string> {
    const running = promisify(execFile)('npm', ['run', '-s', script, '--', ...args], {
      cwd: this.#repository,
      env: this.#env,
      maxBuffer: 64 * 1024 * 1024,
    });
    try {
      return stripVTControlCharacters((await running).stdout);
    } catch (error) {
      const { stdout = '', stderr = '' } = error as ExecFileException;
      const printed = stripVTControlCharacters(`${stdout}${stderr}`).split('\n').slice(-60).join('\n');
      throw new Error(`npm run ${script} failed:\n${printed}`, { cause: error });
    }
  }

  /** What Terraform keeps of the environment. */
  state(): { readonly outputs: Outputs; readonly resources: number } {
    const file = join(this.#repository, `infra/terraform.sessions-${this.#name}.tfstate`);
    const { outputs, resources } = JSON.parse(readFileSync(file, 'utf8'));
    return {
      outputs: Object.fromEntries(Object.entries<{ value: string }>(outputs).map(([name, { value }]) => [name, value])),
      resources: resources.reduce((sum: number, { instances }: { instances: [] }) => sum + instances.length, 0),
    };
  }

  /** Runs the smoke test on the outputs. @returns what it printed */
  async smoke(outputs: Outputs): Promise<string> {
    const file = join(this.#folder, 'outputs.json');
    writeFileSync(file, JSON.stringify({ [`sessions-${this.#name}`]: outputs }));
    return this.run('smoke', '--outputs', file, '--timeout', '30');
  }

  /** `--skip-provider-lock`: cdktf would ask the provider's registry for the hashes of other platforms. */
  #cdktf(command: string, ...args: readonly string[]): Promise<string> {
    return this.run(`${command}:${this.#name}`, '--auto-approve', '--skip-provider-lock', ...args);
  }
}
