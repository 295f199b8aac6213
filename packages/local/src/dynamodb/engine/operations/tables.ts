import type { Database } from '../database.ts';
import { DynamoDbError, invalidParameters, tableNotFound, validationError } from '../errors.ts';
import type { IndexSchema, KeyAttribute, KeySchema, StreamSchema } from '../store/schema.ts';
import { newTableId, type Table, type TableSchema } from '../store/table.ts';
import {
  asObject,
  checkName,
  constraint,
  type Input,
  optionalBoolean,
  optionalInteger,
  optionalList,
  optionalObject,
  optionalString,
  optionalWord,
  tableName,
} from './input.ts';

/** @see "Quotas in Amazon DynamoDB", Developer Guide */
const MAX_LOCAL_INDEXES = 5;
const MAX_GLOBAL_INDEXES = 20;
const MAX_TABLES_A_PAGE = 100;

type Definitions = ReadonlyMap<string, KeyAttribute['type']>;

export function createTable(db: Database, input: Input): object {
  const name = tableName(input);
  const definitions = readDefinitions(input);
  const keys = readKeys(optionalList(input, 'KeySchema') ?? [], definitions);
  const billing = optionalWord(input, 'BillingMode', ['PROVISIONED', 'PAY_PER_REQUEST'] as const) ?? 'PROVISIONED';
  checkThroughput(input, billing);
  const local = readIndexes(input, 'LocalSecondaryIndexes', definitions, keys);
  const global = readIndexes(input, 'GlobalSecondaryIndexes', definitions, keys);
  const indexes = [...local, ...global];
  const twice = indexes.find(({ name: each }, at) => indexes.findIndex((other) => other.name === each) !== at);
  if (twice) throw invalidParameters(`Duplicate index name: ${twice.name}`);
  checkDefinitionsAreUsed(definitions, [keys, ...indexes.map((index) => index.keys)]);
  if (db.tables.has(name)) {
    throw new DynamoDbError('ResourceInUseException', `Table already exists: ${name}`);
  }
  const nowMs = db.clock.nowMs();
  const stream = readStream(optionalObject(input, 'StreamSpecification'), nowMs, db.streamLabels.get(name));
  const table = db.putTable({
    name,
    id: newTableId(),
    createdAtMs: nowMs,
    attributeDefinitions: [...definitions].map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
    keys,
    indexes,
    ...(stream && { stream }),
    billing,
    deletionProtection: optionalBoolean(input, 'DeletionProtectionEnabled') === true,
  });
  return { TableDescription: describe(db, table) };
}

export function describeTable(db: Database, input: Input): object {
  const name = tableName(input);
  return { Table: describe(db, db.table(name, `Requested resource not found: Table: ${name} not found`)) };
}

export function deleteTable(db: Database, input: Input): object {
  const name = tableName(input);
  const table = db.table(name, `Requested resource not found: Table: ${name} not found`);
  if (table.schema.deletionProtection) {
    throw validationError(
      `Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.`,
    );
  }
  const description = { ...describe(db, table), TableStatus: 'DELETING' };
  db.dropTable(name);
  return { TableDescription: description };
}

export function listTables(db: Database, input: Input): object {
  const limit = optionalInteger(input, 'Limit', { least: 1, most: MAX_TABLES_A_PAGE }) ?? MAX_TABLES_A_PAGE;
  const after = optionalString(input, 'ExclusiveStartTableName') ?? '';
  const names = [...db.tables.keys()].sort().filter((name) => name > after);
  const TableNames = names.slice(0, limit);
  return { TableNames, ...(names.length > limit && { LastEvaluatedTableName: TableNames.at(-1) }) };
}

/** Changes billing, protection, the stream, or one index. */
export function updateTable(db: Database, input: Input): object {
  const name = tableName(input);
  const table = db.table(name, `Requested resource not found: Table: ${name} not found`);
  const { schema } = table;
  const definitions = new Map([
    ...schema.attributeDefinitions.map(
      ({ AttributeName, AttributeType }) => [AttributeName, AttributeType as KeyAttribute['type']] as const,
    ),
    ...readDefinitions(input, false),
  ]);
  let { indexes } = schema;
  const updates = (optionalList(input, 'GlobalSecondaryIndexUpdates') ?? []).map(asObject);
  if (updates.length > 1) {
    throw new DynamoDbError(
      'LimitExceededException',
      'Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table',
    );
  }
  for (const update of updates) indexes = updateIndexes(table, indexes, update, definitions);
  const specification = optionalObject(input, 'StreamSpecification');
  const protection = optionalBoolean(input, 'DeletionProtectionEnabled');
  const billing = optionalWord(input, 'BillingMode', ['PROVISIONED', 'PAY_PER_REQUEST'] as const);
  const stream = specification ? changedStream(schema, specification, db.clock.nowMs()) : schema.stream;
  const used = new Set(
    [schema.keys, ...indexes.map(({ keys }) => keys)].flatMap(({ hash, range }) => [hash.name, range?.name]),
  );
  const { stream: _before, ...rest } = schema;
  const changed = db.putTable({
    ...rest,
    indexes,
    attributeDefinitions: [...definitions]
      .filter(([attribute]) => used.has(attribute))
      .map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
    ...(stream && { stream }),
    ...(billing && { billing }),
    ...(protection !== undefined && { deletionProtection: protection }),
  });
  return { TableDescription: describe(db, changed) };
}

function updateIndexes(
  { schema }: Table,
  indexes: readonly IndexSchema[],
  update: Input,
  definitions: Definitions,
): readonly IndexSchema[] {
  const [create, remove] = [optionalObject(update, 'Create'), optionalObject(update, 'Delete')];
  if (create) {
    const [index] = readIndexes(
      { GlobalSecondaryIndexes: [create] },
      'GlobalSecondaryIndexes',
      definitions,
      schema.keys,
    );
    if (indexes.some(({ name }) => name === index?.name)) {
      throw validationError('Attempting to create an index which already exists');
    }
    return index ? [...indexes, index] : indexes;
  }
  if (!remove) return indexes;
  const name = optionalString(remove, 'IndexName');
  if (!indexes.some((index) => index.isGlobal && index.name === name)) {
    throw tableNotFound('Requested resource not found');
  }
  return indexes.filter((index) => index.name !== name);
}

function changedStream({ stream }: TableSchema, specification: Input, nowMs: number): StreamSchema | undefined {
  const isEnabled = optionalBoolean(specification, 'StreamEnabled') === true;
  if (isEnabled && stream) throw validationError('Table already has an enabled stream');
  if (!isEnabled && !stream) throw validationError('Table is already not stream-enabled');
  return readStream(specification, nowMs);
}

export function updateTimeToLive(db: Database, input: Input): object {
  const table = db.table(tableName(input));
  const specification = optionalObject(input, 'TimeToLiveSpecification') ?? {};
  const AttributeName = optionalString(specification, 'AttributeName');
  const isEnabled = optionalBoolean(specification, 'Enabled') === true;
  if (AttributeName === undefined)
    throw constraint(undefined, 'TimeToLiveSpecification.AttributeName', 'Member must not be null');
  const { ttlAttribute, ...rest } = table.schema;
  if (isEnabled === (ttlAttribute !== undefined)) {
    throw validationError(isEnabled ? 'TimeToLive is already enabled' : 'TimeToLive is already disabled');
  }
  db.putTable(isEnabled ? { ...rest, ttlAttribute: AttributeName } : rest);
  return { TimeToLiveSpecification: { AttributeName, Enabled: isEnabled } };
}

export function describeTimeToLive(db: Database, input: Input): object {
  const { ttlAttribute } = db.table(tableName(input)).schema;
  return {
    TimeToLiveDescription:
      ttlAttribute === undefined
        ? { TimeToLiveStatus: 'DISABLED' }
        : { TimeToLiveStatus: 'ENABLED', AttributeName: ttlAttribute },
  };
}

function readDefinitions(input: Input, isRequired = true): Definitions {
  const list = optionalList(input, 'AttributeDefinitions');
  if (list === undefined && isRequired) {
    throw constraint(undefined, 'AttributeDefinitions', 'Member must not be null');
  }
  return new Map(
    (list ?? []).map((each) => {
      const definition = asObject(each);
      const name = optionalString(definition, 'AttributeName');
      const type = optionalWord(definition, 'AttributeType', ['B', 'N', 'S'] as const);
      if (name === undefined || type === undefined) {
        throw constraint(undefined, 'AttributeDefinitions.member', 'Member must not be null');
      }
      return [name, type] as const;
    }),
  );
}

function readKeys(list: readonly unknown[], definitions: Definitions): KeySchema {
  if (list.length === 0 || list.length > 2) {
    throw constraint(
      `[${list.length}]`,
      'KeySchema',
      `Member must have length ${list.length === 0 ? 'greater than or equal to 1' : 'less than or equal to 2'}`,
    );
  }
  const elements = list.map(asObject);
  const names = elements.map((element) => optionalString(element, 'AttributeName') ?? '');
  const types = elements.map((element) => optionalWord(element, 'KeyType', ['HASH', 'RANGE'] as const));
  if (names.some((name) => !definitions.has(name))) {
    throw invalidParameters(
      'Some index key attributes are not defined in AttributeDefinitions. ' +
        `Keys: [${names.join(', ')}], AttributeDefinitions: [${[...definitions.keys()].join(', ')}]`,
    );
  }
  if (names[0] === names[1]) {
    throw validationError('Both the Hash Key and the Range Key element in the KeySchema have the same name');
  }
  if (types[0] !== 'HASH')
    throw validationError('Invalid KeySchema: The first KeySchemaElement is not a HASH key type');
  if (types[1] === 'HASH')
    throw validationError('Invalid KeySchema: The second KeySchemaElement is not a RANGE key type');
  const [hash, range] = names.map((name): KeyAttribute => ({ name, type: definitions.get(name) ?? 'S' }));
  return { hash: hash as KeyAttribute, ...(range && { range }) };
}

function readIndexes(
  input: Input,
  parameter: 'LocalSecondaryIndexes' | 'GlobalSecondaryIndexes',
  definitions: Definitions,
  tableKeys: KeySchema,
): IndexSchema[] {
  const list = optionalList(input, parameter);
  if (list === undefined) return [];
  if (list.length === 0) throw invalidParameters(`List of ${parameter} is empty`);
  const isGlobal = parameter === 'GlobalSecondaryIndexes';
  const most = isGlobal ? MAX_GLOBAL_INDEXES : MAX_LOCAL_INDEXES;
  if (list.length > most) {
    throw invalidParameters(
      isGlobal
        ? `GlobalSecondaryIndex count exceeds the per-table limit of ${most}`
        : `Number of LocalSecondaryIndexes exceeds per-table limit of ${most}`,
    );
  }
  if (!isGlobal && !tableKeys.range) {
    throw invalidParameters(
      'Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex',
    );
  }
  return list.map((each) => {
    const index = asObject(each);
    const name = optionalString(index, 'IndexName') ?? '';
    checkName(name, 'IndexName');
    const keys = readKeys(optionalList(index, 'KeySchema') ?? [], definitions);
    if (!isGlobal && (!keys.range || keys.hash.name !== tableKeys.hash.name)) {
      throw invalidParameters(
        keys.range
          ? `Index KeySchema does not have the same leading hash key as table KeySchema for index: ${name}. index hash key: ${keys.hash.name}, table hash key: ${tableKeys.hash.name}`
          : `Index KeySchema does not have a range key for index: ${name}`,
      );
    }
    return { name, keys, isGlobal, projected: readProjection(optionalObject(index, 'Projection')) };
  });
}

function readProjection(projection: Input = {}): readonly string[] | undefined {
  const type = optionalWord(projection, 'ProjectionType', ['ALL', 'INCLUDE', 'KEYS_ONLY'] as const);
  if (type === undefined) throw invalidParameters('Unknown ProjectionType: null');
  const names = optionalList(projection, 'NonKeyAttributes');
  if (names && type !== 'INCLUDE') {
    throw invalidParameters(`ProjectionType is ${type}, but NonKeyAttributes is specified`);
  }
  if (type === 'ALL') return undefined;
  return (names ?? []).map((name) => String(name));
}

/** @param givenLabel of a stream whose ARN is known before there is a table */
function readStream(specification: Input | undefined, nowMs: number, givenLabel?: string): StreamSchema | undefined {
  if (!specification || optionalBoolean(specification, 'StreamEnabled') !== true) return undefined;
  const viewType = optionalWord(specification, 'StreamViewType', [
    'NEW_IMAGE',
    'OLD_IMAGE',
    'NEW_AND_OLD_IMAGES',
    'KEYS_ONLY',
  ] as const);
  if (viewType === undefined) {
    throw invalidParameters('StreamViewType is required when StreamEnabled is true');
  }
  return { label: givenLabel ?? new Date(nowMs).toISOString().replace('Z', ''), viewType };
}

function checkThroughput(input: Input, billing: TableSchema['billing']): void {
  const throughput = optionalObject(input, 'ProvisionedThroughput');
  if (billing === 'PAY_PER_REQUEST' && throughput) {
    throw invalidParameters(
      'Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST',
    );
  }
  if (billing === 'PROVISIONED' && !throughput) {
    throw invalidParameters(
      'ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED',
    );
  }
}

function checkDefinitionsAreUsed(definitions: Definitions, schemas: readonly KeySchema[]): void {
  const used = new Set(schemas.flatMap(({ hash, range }) => (range ? [hash.name, range.name] : [hash.name])));
  if (used.size === definitions.size) return;
  if (schemas.length === 1) {
    throw invalidParameters(
      'Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions',
    );
  }
  throw invalidParameters(
    `Some AttributeDefinitions are not used. AttributeDefinitions: [${[...definitions.keys()].join(', ')}], keys used: [${[...used].join(', ')}]`,
  );
}

/** Returns what is said of a table; counts are exact here, where AWS's are some hours old. */
export function describe(db: Database, table: Table): object {
  const { schema } = table;
  const arn = db.tableArn(schema.name);
  const throughput = { NumberOfDecreasesToday: 0, ReadCapacityUnits: 0, WriteCapacityUnits: 0 };
  const indexes = (isGlobal: boolean) =>
    [...table.indexes.values()]
      .filter((index) => index.schema.isGlobal === isGlobal)
      .map(({ schema: { name, keys, projected }, entries, bytes }) => ({
        IndexName: name,
        KeySchema: keySchemaOf(keys),
        Projection: projectionOf(projected),
        IndexSizeBytes: bytes,
        ItemCount: entries.length,
        IndexArn: `${arn}/index/${name}`,
        ...(isGlobal && { IndexStatus: 'ACTIVE', ProvisionedThroughput: throughput }),
      }));
  const [local, global] = [indexes(false), indexes(true)];
  const stream = db.streams.get(schema.name);
  return {
    TableName: schema.name,
    TableArn: arn,
    TableId: schema.id,
    TableStatus: 'ACTIVE',
    CreationDateTime: schema.createdAtMs / 1000,
    AttributeDefinitions: schema.attributeDefinitions,
    KeySchema: keySchemaOf(schema.keys),
    ItemCount: table.entries.length,
    TableSizeBytes: table.bytes,
    DeletionProtectionEnabled: schema.deletionProtection,
    ProvisionedThroughput: throughput,
    ...(schema.billing === 'PAY_PER_REQUEST' && {
      BillingModeSummary: { BillingMode: schema.billing, LastUpdateToPayPerRequestDateTime: schema.createdAtMs / 1000 },
    }),
    ...(local.length > 0 && { LocalSecondaryIndexes: local }),
    ...(global.length > 0 && { GlobalSecondaryIndexes: global }),
    ...(stream && {
      StreamSpecification: { StreamEnabled: true, StreamViewType: stream.schema.viewType },
      LatestStreamLabel: stream.schema.label,
      LatestStreamArn: stream.arn,
    }),
  };
}

const keySchemaOf = ({ hash, range }: KeySchema): object[] => [
  { AttributeName: hash.name, KeyType: 'HASH' },
  ...(range ? [{ AttributeName: range.name, KeyType: 'RANGE' }] : []),
];

function projectionOf(projected: readonly string[] | undefined): object {
  if (projected === undefined) return { ProjectionType: 'ALL' };
  return projected.length === 0
    ? { ProjectionType: 'KEYS_ONLY' }
    : { ProjectionType: 'INCLUDE', NonKeyAttributes: projected };
}
