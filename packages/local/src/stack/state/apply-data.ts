import { randomUUID } from 'node:crypto';
import type { Block } from '../document.ts';
import { ExpressionError } from '../errors.ts';
import type { Expression } from '../expressions/ast.ts';
import { evaluate, type Scope } from '../expressions/evaluate.ts';
import { parseExpression } from '../expressions/parse.ts';
import { isEqual, isPlainObject, toList, toText } from '../expressions/values.ts';
import type { AppliedData } from './terraform-state.ts';

interface Desired {
  readonly input: unknown;
  readonly triggersReplace: unknown;
}

/**
 * Does to a `terraform_data` what an apply would: makes it; keeps of an earlier one what `ignore_changes` names; makes it
 * anew, with all that is configured now, once what triggers its replacement has changed.
 */
export function applyData(prior: AppliedData | undefined, desired: Desired, lifecycle: Block): AppliedData {
  if (prior === undefined) return { id: randomUUID(), ...desired };
  const kept = ignoring(prior, desired, lifecycle.ignore_changes);
  const isReplaced = !isEqual(kept.triggersReplace, prior.triggersReplace);
  return isReplaced ? { id: randomUUID(), ...desired } : { id: prior.id, ...kept };
}

function ignoring(prior: AppliedData, desired: Desired, ignored: unknown): Desired {
  if (ignored === undefined || ignored === null) return desired;
  if (ignored === 'all') return { input: prior.input, triggersReplace: prior.triggersReplace };
  const attributes: Record<string, unknown> = { input: desired.input, triggers_replace: desired.triggersReplace };
  const before: Record<string, unknown> = { input: prior.input, triggers_replace: prior.triggersReplace };
  for (const path of toList(ignored)) keep(attributes, before, stepsOf(parseExpression(toText(path))));
  return { input: attributes.input, triggersReplace: attributes.triggers_replace };
}

/** Puts the earlier value at a path back into its place. */
function keep(now: Record<string, unknown>, before: Record<string, unknown>, [step = '', ...rest]: string[]): void {
  if (!Object.hasOwn(before, step) || !Object.hasOwn(now, step)) return;
  if (rest.length === 0) {
    now[step] = before[step];
    return;
  }
  const [inner, earlier] = [now[step], before[step]];
  if (!isPlainObject(inner) || !isPlainObject(earlier)) return;
  const copy = { ...inner };
  keep(copy, earlier, rest);
  now[step] = copy;
}

const noNames: Scope = {
  folder: '.',
  lookUp(name) {
    throw new ExpressionError(`it takes attributes, such as input, not ${name}`);
  },
};

/** `input.key`, `input["key"]`. */
function stepsOf(expression: Expression): string[] {
  if (expression.kind === 'name') return [expression.name];
  if (expression.kind !== 'index') throw new ExpressionError('it takes attributes, such as input');
  return [...stepsOf(expression.object), toText(evaluate(expression.key, noNames))];
}
