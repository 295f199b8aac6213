import { indexWriteUnits, itemBytes, type PlainItem, readUnits, writeUnits } from './item-size.ts';

/** One call of a function, as IAM is asked about it. */
export interface AwsCallRecord {
  readonly functionName: string;
  /** e.g. `dynamodb:UpdateItem` */
  readonly action: string;
  /** ARN */
  readonly resource: string;
}

/** All items, by table. */
export type Snapshot = ReadonlyMap<string, readonly PlainItem[]>;

export interface Around {
  readonly before: Snapshot;
  readonly after: Snapshot;
  /** `createTable`: the input of CreateTable. */
  readonly tables: readonly { readonly name: string; readonly createTable: Readonly<Record<string, unknown>> }[];
}

interface KeySchema {
  readonly KeySchema: readonly { readonly AttributeName: string }[];
}

/**
 * What a few calls cost, from the calls and from what they changed. They must not write to one item twice, nor have
 * their conditions fail: what was asked for and changed nothing is taken for one unit.
 */
export function dynamoDbUnits(calls: readonly AwsCallRecord[], { before, after, tables }: Around) {
  let written = 0;
  let read = 0;
  for (const { name, createTable } of tables) {
    const { KeySchema = [], GlobalSecondaryIndexes = [] } = createTable as Partial<KeySchema> & {
      GlobalSecondaryIndexes?: readonly KeySchema[];
    };
    const tableKey = attributesOf(KeySchema);
    const indexKeys = GlobalSecondaryIndexes.map(({ KeySchema }) => attributesOf(KeySchema));
    const [old, young] = [before, after].map((snapshot) => byKey(snapshot.get(name) ?? [], tableKey)) as [Items, Items];

    const actions = calls.flatMap(({ action, resource }) =>
      new RegExp(`:table/${name}(/|$)`).test(resource) ? [action.replace('dynamodb:', '')] : [],
    );
    const changed = [...new Set([...old.keys(), ...young.keys()])].filter(
      (key) => JSON.stringify(old.get(key)) !== JSON.stringify(young.get(key)),
    );
    for (const key of changed) {
      const pair = [old.get(key), young.get(key)] as const;
      written += writeUnits(...pair);
      for (const keys of indexKeys) written += indexWriteUnits(...pair, keys);
    }
    const writes = actions.filter((action) => /^(Put|Update|Delete)Item$/.test(action)).length;
    const batches = actions.filter((action) => action === 'BatchWriteItem').length;
    if (changed.length > writes + 25 * batches) throw new Error(`More changed in ${name} than was written`);
    written += Math.max(0, writes - changed.length);

    for (const action of actions) {
      if (action === 'GetItem') read += readUnits(0, { consistent: true });
      if (action === 'Scan') read += readUnits(total([...old.values()].map(itemBytes)), { consistent: true });
      if (action === 'Query') {
        const entries = indexKeys.flatMap((keys) => [...old.values()].flatMap((item) => entry(item, tableKey, keys)));
        read += readUnits(total(entries), { consistent: false });
      }
    }
  }
  return { writeUnits: written, readUnits: read };
}

type Items = ReadonlyMap<string, PlainItem>;

const attributesOf = (schema: KeySchema['KeySchema']): string[] => schema.map(({ AttributeName }) => AttributeName);

const byKey = (items: readonly PlainItem[], key: readonly string[]): Items =>
  new Map(items.map((item) => [JSON.stringify(key.map((name) => item[name])), item]));

const total = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0);

/** Bytes of an item's entry in a keys-only index; none if it is not in it. */
function entry(item: PlainItem, tableKey: readonly string[], keys: readonly string[]): number[] {
  if (keys.some((key) => item[key] === undefined)) return [];
  return [itemBytes(Object.fromEntries([...new Set([...tableKey, ...keys])].map((name) => [name, item[name]])))];
}
