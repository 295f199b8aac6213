import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';

export interface Step {
  readonly id?: string;
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly if?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Job {
  readonly if?: string;
  readonly needs?: string | readonly string[];
  readonly environment?: string;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

/** Reads a job of a workflow's file. @throws {Error} the file has no job of that name, or it calls a workflow */
export function readJob(file: string, name: string): Job {
  const { jobs } = load(readFileSync(file, 'utf8')) as { jobs: Readonly<Record<string, Partial<Job>>> };
  const job = jobs[name];
  if (!job?.steps) throw new Error(`${file} has no job ${name} with steps`);
  return { ...job, steps: job.steps };
}

/** What expressions can name: `vars`, `secrets`, `inputs`, `needs`, `steps`, `github`, `env`. */
export type Contexts = Readonly<Record<string, unknown>>;

/** Whether a step before has failed. */
type Status = 'success' | 'failure';

/** Puts values in the place of expressions. */
export const interpolate = (text: string, contexts: Contexts): string =>
  text.replaceAll(/\$\{\{(.*?)\}\}/g, (_, expression: string) => String(evaluate(expression, contexts, 'success')));

/** Whether a condition holds; without a function that asks for the status it also needs success, as on GitHub. */
export function holds(condition: string | undefined, contexts: Contexts, status: Status): boolean {
  if (condition === undefined) return status === 'success';
  const asksForStatus = /\b(success|failure|cancelled|always)\(\)/.test(condition);
  return (asksForStatus || status === 'success') && Boolean(evaluate(condition, contexts, status));
}

/** GitHub's expressions are JavaScript's for what the workflows use: comparisons of texts, `&&`, `||`, `!`. */
function evaluate(expression: string, contexts: Contexts, status: Status): unknown {
  const script = expression
    .replace(/^\s*\$\{\{(.*)\}\}\s*$/s, '$1')
    .replaceAll(/'[^']*'|[a-z]\w*(?:\.[\w-]+)+/g, (part) =>
      part.startsWith("'") ? part : `look(${JSON.stringify(part)})`,
    );
  const look = (path: string) => path.split('.').reduce<unknown>((value, name) => Object(value)[name], contexts) ?? '';
  const run = new Function('look', 'success', 'failure', 'cancelled', `return (${script});`);
  return run(
    look,
    () => status === 'success',
    () => status === 'failure',
    () => false,
  );
}
