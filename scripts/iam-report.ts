/**
 * Compares what the roles and permissions of the sessions-dev stack allow with what the tests used, at the end of
 * `npm test`, which fails if a permission was never used, or if a call was denied. Stacks that a test has changed do not
 * count: their files differ.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { styleText } from 'node:util';
import { fingerprintOf, readStack, type Stack, type UsageRecord } from '../packages/local/src/index.ts';

const STACK_FILE = resolve(import.meta.dirname, '../infra/cdktf.out/stacks/sessions-dev/cdk.tf.json');

/** One permission of the stack, expanded: one action on one resource. */
interface Permission {
  /** Who has it: a role, or the service that invokes. */
  readonly who: string;
  readonly action: string;
  readonly resource: string;
  readonly uses: number;
}

export interface Report {
  readonly permissions: readonly Permission[];
  readonly denied: readonly Permission[];
}

/** @throws a file of the folder is not a usage file */
export async function readUsage(folder: string): Promise<UsageRecord[]> {
  const files = await readdir(folder).catch(() => []);
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  return texts.flatMap((text) => text.trimEnd().split('\n')).map((line) => JSON.parse(line) as UsageRecord);
}

/** Every permission of the stack with its uses, and what was denied. */
export function compare(stack: Pick<Stack, 'functions'>, records: readonly UsageRecord[]): Report {
  const uses = new Map<string, number>();
  const denied = new Map<string, Permission>();
  for (const { stack: _, count, ...usage } of records) {
    if (usage.kind === 'denied') {
      const { who, action, resource } = usage;
      const key = `${who} ${action} ${resource}`;
      denied.set(key, { who, action, resource, uses: count + (denied.get(key)?.uses ?? 0) });
    } else {
      const key =
        usage.kind === 'role'
          ? keyOf(usage.role, usage.policy, usage.statement, usage.action, usage.resource)
          : keyOf(usage.functionName, usage.permission);
      uses.set(key, count + (uses.get(key) ?? 0));
    }
  }
  const usesOf = (key: string) => uses.get(key) ?? 0;
  const roles = new Map(stack.functions.map(({ role }) => [role.name, role]));
  return {
    permissions: [
      ...[...roles.values()].flatMap((role) =>
        role.policies.flatMap(({ Statement }, policy) =>
          Statement.flatMap((statement, index) => {
            if (statement.Effect === 'Deny') return [];
            return expand(statement.Action, statement.NotAction).flatMap(([action, actionIndex]) =>
              expand(statement.Resource, statement.NotResource).map(([resource, resourceIndex]) => ({
                who: role.name,
                action,
                resource,
                uses: usesOf(keyOf(role.name, policy, index, actionIndex, resourceIndex)),
              })),
            );
          }),
        ),
      ),
      ...stack.functions.flatMap(({ name, permissions }) =>
        permissions.map(({ principal, sourceArn = '*' }, index) => ({
          who: principal,
          action: `invoke ${name}`,
          resource: sourceArn,
          uses: usesOf(keyOf(name, index)),
        })),
      ),
    ],
    denied: [...denied.values()],
  };
}

const keyOf = (...parts: (string | number)[]): string => parts.join(' ');

/** The patterns with their indexes; `Not…` stands for itself, as one of index -1. */
function expand(patterns: readonly string[], exceptions: readonly string[] | undefined): [string, number][] {
  if (exceptions !== undefined) return [[`all but ${exceptions.join(', ')}`, -1]];
  return patterns.map((pattern, index) => [pattern, index]);
}

export function print({ permissions, denied }: Report, write: (line: string) => void): void {
  const short = (arn: string) => arn.replace(/^arn:aws:[\w-]+:[\w-]*:\d*:/, '');
  const rows = permissions.map(({ who, action, resource, uses }) => [String(uses), who, action, short(resource)]);
  const header = ['uses', 'who', 'may', 'on'];
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  write(`\n${styleText('bold', line(header))}`);
  for (const row of rows) write(row[0] === '0' ? styleText('red', line(row)) : line(row));
  for (const { who, action, resource, uses } of denied) {
    write(styleText('red', `denied ${uses} times: ${who} ${action} on ${resource}`));
  }
  const unused = permissions.filter(({ uses }) => uses === 0).length;
  write(`\nIAM: ${permissions.length} permissions, ${unused} never used; ${denied.length} kinds of calls denied`);
}

/** Prints the report of a folder. @returns whether every permission was used and nothing was denied */
export async function report(folder: string): Promise<boolean> {
  const fingerprint = await fingerprintOf(STACK_FILE);
  const stack = await readStack(STACK_FILE, { variables: {}, apiEndpoint: () => 'ws://127.0.0.1' });
  const records = (await readUsage(folder)).filter((record) => record.stack === fingerprint);
  const result = compare(stack, records);
  print(result, console.log);
  return result.denied.length === 0 && result.permissions.every(({ uses }) => uses > 0);
}
