import { readFile } from 'node:fs/promises';
import type { SynthesizedStack } from '../../infra/src/index.ts';
import type { Plan, ResourceChange } from './folder.ts';

type Values = Readonly<Record<string, unknown>>;

/** Not about infrastructure: the code's own hash and file, the order of work, what CDKTF notes down. */
const leftOut = new Set(['filename', 'source_code_hash', 'count', 'depends_on', 'lifecycle', 'provider', '//']);

/**
 * What a plan makes, as text to compare: the resources of each type, then each resource with what the stack says of it.
 * A value is the planned one; where that is known only after an apply, it is the stack's expression. So a change of the
 * Lambdas' code changes nothing here, and a change of anything that the stack sets does.
 */
export async function summarizePlan(stack: SynthesizedStack, plan: Plan): Promise<string> {
  const { resource } = JSON.parse(await readFile(stack.file, 'utf8')) as {
    resource: Record<string, Record<string, Values>>;
  };
  const changes = plan.resource_changes.toSorted((a, b) => compare(a.address, b.address));
  const counts = Map.groupBy(changes, ({ type }) => type);
  return [
    `${stack.name}: ${changes.length} resources`,
    ...[...counts].map(([type, { length }]) => `${String(length).padStart(4)} ${type}`),
    ...changes.map((change) => describe(change, resource[change.type]?.[change.name] ?? {}, plan.variables ?? {})),
    '',
  ].join('\n');
}

function describe(
  { address, change }: ResourceChange,
  said: Values,
  variables: NonNullable<Plan['variables']>,
): string {
  const lines = Object.keys(said)
    .filter((name) => !leftOut.has(name))
    .sort(compare)
    .flatMap((name) => flatten(name, known(said[name], change.after[name], variables)));
  return ['', address, ...lines.map((line) => `  ${line}`)].join('\n');
}

/** The planned value, or, part by part where there is none, what the stack says. */
function known(said: unknown, planned: unknown, variables: NonNullable<Plan['variables']>): unknown {
  if (isObject(said)) {
    // A nested block is planned as a list of one.
    const block: unknown = Array.isArray(planned) ? planned[0] : planned;
    const values = isObject(block) ? block : {};
    return Object.fromEntries(Object.keys(said).map((name) => [name, known(said[name], values[name], variables)]));
  }
  if (planned !== undefined) return planned;
  if (typeof said !== 'string') return said;
  return said.replaceAll(/\$\{var\.(\w+)\}/g, (whole, name) => String(variables[name]?.value ?? whole));
}

/** One line for each value that is not structured, and for each element of a list. JSON in a text is opened. */
function flatten(path: string, value: unknown): string[] {
  const opened = openJson(value);
  if (isObject(opened)) {
    return Object.keys(opened)
      .sort(compare)
      .flatMap((name) => flatten(`${path}.${name}`, opened[name]));
  }
  if (Array.isArray(opened) && opened.some(isObject)) {
    return opened.map((each) => `${path}[] ${JSON.stringify(each)}`);
  }
  return opened === null || opened === undefined ? [] : [`${path} ${JSON.stringify(opened)}`];
}

function openJson(value: unknown): unknown {
  if (typeof value !== 'string' || !/^[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

const isObject = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
