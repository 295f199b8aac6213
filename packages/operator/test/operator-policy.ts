import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: string | string[];
}

const file = join(resolve(import.meta.dirname, '..'), 'policy.json');

/** Each action on each resource that commands have asked for in this process, and that the policy allows. */
export const used = new Set<string>();

/** Every permission of the policy, as `action resource`. */
export async function permissions(environment: string): Promise<[action: string, resource: string][]> {
  const text = (await readFile(file, 'utf8')).replaceAll('sessions-prod', `sessions-${environment}`);
  const policy = JSON.parse(text.replaceAll('sessions/prod', `sessions/${environment}`));
  return (policy.Statement as Statement[]).flatMap(({ Effect, Action, Resource }) => {
    if (Effect !== 'Allow') throw new Error(`A statement with ${Effect} is not understood here`);
    return [Action]
      .flat()
      .flatMap((action) => [Resource].flat().map((resource): [string, string] => [action, resource]));
  });
}

/** What the policy says of an action: its own patterns have `*` alone. */
export async function allowedByPolicy(environment: string) {
  const all = (await permissions(environment)).map(([action, resource]) => ({
    action,
    resource,
    ...matcher(resource),
  }));
  return (action: string, resource: string): boolean => {
    const by = all.find((permission) => permission.action === action && permission.matches(resource));
    if (by) used.add(`${by.action} ${by.resource}`);
    return by !== undefined;
  };
}

function matcher(pattern: string) {
  const regex = new RegExp(`^${pattern.split('*').map(escapeRegExp).join('.*')}$`);
  return { matches: (resource: string) => regex.test(resource) };
}

const escapeRegExp = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
