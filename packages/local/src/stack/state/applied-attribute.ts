import { ExpressionError, StackResourceError } from '../errors.ts';
import { isPlainObject, LazyObject, toBoolean, toText } from '../expressions/values.ts';
import type { Module } from '../module.ts';
import type { ResourceInstance } from '../resource-instance.ts';
import { applyData } from './apply-data.ts';
import type { AppliedData } from './terraform-state.ts';

/** Returns an attribute of a `terraform_data` as it is after an apply; undefined: it is null, or there is no such one. */
export function appliedAttribute(resource: ResourceInstance, attribute: string): unknown {
  const { id, input, triggersReplace } = applied(resource);
  const attributes: Readonly<Record<string, unknown>> = {
    id,
    input,
    output: input,
    triggers_replace: triggersReplace,
  };
  return attributes[attribute] ?? undefined;
}

/** Applies every `terraform_data`, used or not, and checks what it promises. @throws {StackResourceError} it is not so */
export function applyAllData(module: Module): void {
  for (const resource of module.instancesOf('terraform_data')) {
    check(resource, 'precondition');
    applied(resource);
    check(resource, 'postcondition');
  }
}

const applied = (resource: ResourceInstance): AppliedData =>
  resource.module.once(`${resource.address} (applied)`, () => {
    const { address, lifecycle, module } = resource;
    const desired = { input: plain(resource, 'input'), triggersReplace: plain(resource, 'triggers_replace') };
    try {
      const data = applyData(module.state.priorOf(address), desired, lifecycle);
      module.state.record(address, data);
      return data;
    } catch (error) {
      throw error instanceof ExpressionError ? error.at(`${address}.lifecycle.ignore_changes`) : error;
    }
  });

/** @throws {StackResourceError} a whole resource is in the value, which cannot be kept */
function plain(resource: ResourceInstance, attribute: string): unknown {
  const value = resource.desired(attribute);
  if (hasLazyObject(value)) throw resource.fault(attribute, 'a whole resource in it is not supported: name attributes');
  return value;
}

const hasLazyObject = (value: unknown): boolean =>
  value instanceof LazyObject ||
  (typeof value === 'object' && value !== null && Object.values(value).some(hasLazyObject));

function check(resource: ResourceInstance, kind: 'precondition' | 'postcondition'): void {
  const blocks = resource.lifecycle[kind] ?? [];
  for (const block of Array.isArray(blocks) ? blocks : [blocks]) {
    if (!isPlainObject(block)) continue;
    const path = `${resource.address}.lifecycle.${kind}`;
    if (toBoolean(resource.valueOfCondition(block.condition, path))) continue;
    throw new StackResourceError(path, toText(resource.valueOfCondition(block.error_message, path)));
  }
}
