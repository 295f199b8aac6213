import type { Block } from '../document.ts';
import { isPlainObject, toList, toObject, toText } from '../expressions/values.ts';
import type { ResourceInstance } from '../resource-instance.ts';

const oneOrMany = (values: readonly string[]): string | readonly string[] => {
  const [only] = values;
  return values.length === 1 && only !== undefined ? only : values;
};
const texts = (value: unknown): string[] => (value === undefined || value === null ? [] : toList(value).map(toText));
const blocks = (value: unknown): Block[] =>
  value === undefined || value === null ? [] : (Array.isArray(value) ? value : [value]).map(toObject);
const listed = (key: string, value: unknown): Block => {
  const values = texts(value);
  return values.length === 0 ? {} : { [key]: oneOrMany(values) };
};

function principals(key: string, value: unknown): Block {
  const byType = new Map<string, string[]>();
  for (const { type, identifiers } of blocks(value)) {
    byType.set(toText(type), [...(byType.get(toText(type)) ?? []), ...texts(identifiers)]);
  }
  if (byType.size === 0) return {};
  const all = byType.get('*');
  if (all && byType.size === 1) return { [key]: oneOrMany(all) };
  return { [key]: Object.fromEntries([...byType].map(([type, identifiers]) => [type, oneOrMany(identifiers)])) };
}

function conditions(value: unknown): Block {
  const byTest: Record<string, Record<string, string | readonly string[]>> = {};
  for (const { test, variable, values } of blocks(value)) {
    byTest[toText(test)] = { ...byTest[toText(test)], [toText(variable)]: oneOrMany(texts(values)) };
  }
  return Object.keys(byTest).length === 0 ? {} : { Condition: byTest };
}

const statement = (block: Block): Block => ({
  ...(block.sid ? { Sid: block.sid } : {}),
  Effect: block.effect ?? 'Allow',
  ...listed('Action', block.actions),
  ...listed('NotAction', block.not_actions),
  ...listed('Resource', block.resources),
  ...listed('NotResource', block.not_resources),
  ...principals('Principal', block.principals),
  ...principals('NotPrincipal', block.not_principals),
  ...conditions(block.condition),
});

/**
 * The JSON that `aws_iam_policy_document` makes of its blocks: the documents named as sources first; a statement of
 * this document or of an override replaces an earlier one of the same `sid`.
 */
export function policyDocumentJson(data: ResourceInstance): string {
  const statements: Block[] = [];
  const add = (added: Block): void => {
    const same = statements.findIndex(({ Sid }) => Sid !== undefined && Sid === added.Sid);
    if (same >= 0) statements[same] = added;
    else statements.push(added);
  };
  const addAll = (json: string): void => {
    const parsed: unknown = JSON.parse(json);
    if (isPlainObject(parsed)) for (const part of blocks(parsed.Statement)) add(part);
  };
  for (const json of data.texts('source_policy_documents')) addAll(json);
  for (const block of data.blocks('statement')) add(statement(block));
  for (const json of data.texts('override_policy_documents')) addAll(json);
  return JSON.stringify({ Version: data.optionalText('version') ?? '2012-10-17', Statement: statements });
}
