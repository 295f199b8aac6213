/** A source of choices: the same seed makes the same operations. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Mulberry32. @returns 0 to below 1 */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  pick<T>(among: readonly T[]): T {
    return among[this.below(among.length)] as T;
  }

  happens(probability: number): boolean {
    return this.next() < probability;
  }
}

export interface Operation {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** A table by a partition key, and one by both keys with indexes of every kind. */
export const tables: readonly Operation[] = [
  {
    name: 'CreateTable',
    input: {
      TableName: 'simple',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    },
  },
  {
    name: 'CreateTable',
    input: {
      TableName: 'ranged',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'N' },
        { AttributeName: 'tag', AttributeType: 'S' },
        { AttributeName: 'bin', AttributeType: 'B' },
      ],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'by-tag',
          KeySchema: [
            { AttributeName: 'tag', KeyType: 'HASH' },
            { AttributeName: 'sk', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['n', 'l'] },
        },
      ],
      LocalSecondaryIndexes: [
        {
          IndexName: 'by-bin',
          KeySchema: [
            { AttributeName: 'pk', KeyType: 'HASH' },
            { AttributeName: 'bin', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
    },
  },
];

type Value = Readonly<Record<string, unknown>>;
const numbers = ['0', '1', '-1', '2', '10', '1.5', '-2.25', '100', '1e2', '0.1', '12345678901234567890', '1e-5', '007'];
const strings = ['a', 'b', 'ab', 'aé', '', 'zz', '\u{1f600}', '\uffee', 'A'];
const binaries = ['AA==', 'AQI=', '/w==', 'AQID'];

/** Makes up operations that often meet each other, and are now and then wrong. */
export class Generator {
  readonly #chance: Chance;
  #names: Record<string, string> = {};
  #values: Record<string, Value> = {};

  constructor(seed: number) {
    this.#chance = new Chance(seed);
  }

  next(): Operation {
    const chance = this.#chance;
    const name = chance.pick([
      'PutItem',
      'PutItem',
      'UpdateItem',
      'UpdateItem',
      'UpdateItem',
      'DeleteItem',
      'GetItem',
      'Query',
      'Query',
      'Scan',
      'BatchGetItem',
      'BatchWriteItem',
      'TransactWriteItems',
      'TransactWriteItems',
      'TransactGetItems',
    ]);
    return { name, input: this.#inputOf(name) };
  }

  #inputOf(name: string): Record<string, unknown> {
    const chance = this.#chance;
    const TableName = chance.happens(0.01) ? 'missing' : chance.pick(['simple', 'ranged', 'ranged']);
    const capacity = chance.happens(0.3) ? { ReturnConsumedCapacity: chance.pick(['TOTAL', 'INDEXES', 'NONE']) } : {};
    switch (name) {
      case 'Query':
      case 'Scan':
        return { TableName: 'ranged', ...capacity, ...this.#search(name) };
      case 'GetItem':
        return this.#withNames({
          TableName,
          Key: this.#key(TableName),
          ...capacity,
          ...(chance.happens(0.3) && { ConsistentRead: true }),
          ...(chance.happens(0.4) && { ProjectionExpression: this.#projection() }),
        });
      case 'BatchGetItem': {
        const Keys = this.#distinct(TableName, 1 + chance.below(4));
        return { RequestItems: { [TableName]: { Keys } }, ...capacity };
      }
      case 'BatchWriteItem': {
        const requests = this.#distinct(TableName, 1 + chance.below(5)).map((Key) =>
          chance.happens(0.3)
            ? { DeleteRequest: { Key } }
            : { PutRequest: { Item: { ...this.#attributes(), ...Key } } },
        );
        return { RequestItems: { [TableName]: requests }, ...capacity };
      }
      case 'TransactWriteItems': {
        const count = 1 + chance.below(4);
        const keys = chance.happens(0.05)
          ? Array.from({ length: count }, () => this.#key(TableName))
          : this.#distinct(TableName, count);
        return {
          ...capacity,
          TransactItems: keys.map((Key) => {
            const kind = chance.pick(['Put', 'Update', 'Delete', 'ConditionCheck']);
            return { [kind]: this.#write(kind, TableName, Key, true) };
          }),
        };
      }
      case 'TransactGetItems':
        return {
          ...capacity,
          TransactItems: this.#distinct(TableName, 1 + chance.below(3)).map((Key) => ({ Get: { TableName, Key } })),
        };
      default: {
        const kind = name.replace('Item', '');
        const values =
          kind === 'Update' ? ['ALL_NEW', 'ALL_OLD', 'UPDATED_NEW', 'UPDATED_OLD', 'NONE'] : ['ALL_OLD', 'NONE'];
        return {
          ...this.#write(kind, TableName, this.#key(TableName), false),
          ...capacity,
          ...(chance.happens(0.7) && { ReturnValues: chance.pick(values) }),
        };
      }
    }
  }

  #write(kind: string, TableName: string, Key: Value, isInTransaction: boolean): Record<string, unknown> {
    const chance = this.#chance;
    const needsCondition = kind === 'ConditionCheck';
    return this.#withNames({
      TableName,
      ...(kind === 'Put' ? { Item: { ...this.#attributes(), ...Key } } : { Key }),
      ...(kind === 'Update' && (isInTransaction || chance.happens(0.95)) && { UpdateExpression: this.#update() }),
      ...((needsCondition || chance.happens(0.4)) && { ConditionExpression: this.#condition(2) }),
      ...(chance.happens(0.3) && { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
    });
  }

  #search(name: string): Record<string, unknown> {
    const chance = this.#chance;
    const index = chance.pick([undefined, undefined, 'by-tag', 'by-bin']);
    const [hash, range] =
      index === 'by-tag' ? ['tag', 'sk'] : index === 'by-bin' ? ['pk', 'bin'] : (['pk', 'sk'] as const);
    return this.#withNames({
      ...(index && { IndexName: index }),
      ...(name === 'Query' && { KeyConditionExpression: this.#keyCondition(hash, range) }),
      ...(name === 'Query' && chance.happens(0.5) && { ScanIndexForward: chance.happens(0.5) }),
      ...(chance.happens(0.3) && { FilterExpression: this.#condition(1) }),
      ...(chance.happens(0.2) && { ProjectionExpression: this.#projection() }),
      ...(chance.happens(0.1) && { Select: chance.pick(['COUNT', 'ALL_ATTRIBUTES', 'ALL_PROJECTED_ATTRIBUTES']) }),
      ...(name === 'Query' && index === undefined && chance.happens(0.3) && { Limit: 1 + chance.below(4) }),
      ...(chance.happens(0.1) && { ConsistentRead: true }),
    });
  }

  #keyCondition(hash: string, range: string): string {
    const chance = this.#chance;
    const value = (attribute: string): string =>
      this.#value(
        attribute === 'sk'
          ? { N: chance.pick(['0', '1', '2', '3', '10', '-1']) }
          : attribute === 'bin'
            ? { B: chance.pick(binaries) }
            : { S: attribute === 'tag' ? chance.pick(['t1', 't2']) : chance.pick(['p1', 'p2', 'p3']) },
      );
    const first = `${this.#name(hash)} = ${value(hash)}`;
    if (chance.happens(0.4)) return first;
    const attribute = this.#name(range);
    if (chance.happens(0.3)) {
      return `${first} AND ${attribute} BETWEEN ${value(range)} AND ${value(range)}`;
    }
    if (range === 'bin' && chance.happens(0.3)) return `${first} AND begins_with(${attribute}, ${value(range)})`;
    return `${first} AND ${attribute} ${chance.pick(['=', '<', '<=', '>', '>='])} ${value(range)}`;
  }

  #condition(depth: number): string {
    const chance = this.#chance;
    if (depth > 0 && chance.happens(0.4)) {
      const [left, right] = [this.#condition(depth - 1), this.#condition(depth - 1)];
      return chance.pick([`${left} AND ${right}`, `${left} OR ${right}`, `NOT ${left}`, `(${left} OR ${right})`]);
    }
    const path = this.#path();
    const value = this.#value(this.#anyValue(1));
    const comparator = chance.pick(['=', '<>', '<', '<=', '>', '>=']);
    return chance.pick([
      () => `attribute_exists(${path})`,
      () => `attribute_not_exists(${path})`,
      () => `${path} ${comparator} ${value}`,
      () => `${path} ${comparator} ${this.#path()}`,
      () => `size(${path}) ${comparator} ${this.#value({ N: chance.pick(['0', '1', '2', '3']) })}`,
      () => `contains(${path}, ${value})`,
      () => `begins_with(${path}, ${this.#value({ S: chance.pick(strings) })})`,
      () => `attribute_type(${path}, ${this.#value({ S: chance.pick(['S', 'N', 'L', 'M', 'SS', 'NULL', 'X']) })})`,
      () => `${path} IN (${value}, ${this.#value(this.#anyValue(1))})`,
      () => {
        const [low, high] = [chance.pick(numbers), chance.pick(numbers)];
        return `${path} BETWEEN ${this.#value({ N: low })} AND ${this.#value({ N: high })}`;
      },
    ])();
  }

  #update(): string {
    const chance = this.#chance;
    const sections: string[] = [];
    if (chance.happens(0.7)) {
      const actions = Array.from({ length: 1 + chance.below(2) }, () => `${this.#target()} = ${this.#operand()}`);
      sections.push(`SET ${actions.join(', ')}`);
    }
    if (chance.happens(0.3)) sections.push(`REMOVE ${this.#target()}`);
    if (chance.happens(0.3)) {
      const value = chance.pick<Value>([
        { N: chance.pick(numbers) },
        { SS: ['a', 'x'] },
        { NS: ['1', '3'] },
        { S: 'no' },
      ]);
      sections.push(`ADD ${this.#target()} ${this.#value(value)}`);
    }
    if (chance.happens(0.2)) {
      sections.push(
        `DELETE ${this.#target()} ${this.#value(chance.pick<Value>([{ SS: ['a'] }, { NS: ['1'] }, { N: '1' }]))}`,
      );
    }
    return sections.length > 0 ? sections.join(' ') : `SET ${this.#target()} = ${this.#value({ S: 'x' })}`;
  }

  #operand(): string {
    const chance = this.#chance;
    const value = () => this.#value(this.#anyValue(1));
    const number = () => this.#value({ N: chance.pick(numbers) });
    return chance.pick([
      value,
      value,
      () => this.#path(),
      () => `${this.#path()} + ${number()}`,
      () => `${number()} - ${this.#path()}`,
      () => `if_not_exists(${this.#path()}, ${value()})`,
      () => `if_not_exists(${this.#path()}, ${number()}) + ${number()}`,
      () => `list_append(${this.#path()}, ${this.#value({ L: [{ N: '9' }] })})`,
    ])();
  }

  #projection(): string {
    return Array.from({ length: 1 + this.#chance.below(3) }, () => this.#path()).join(', ');
  }

  /** What an update may write to: not the keys of indexes, into which DynamoDB Local lets an update write any type. */
  #target(): string {
    return this.#path(['n', 's', 'l', 'm', 'tags', 'other', 'm', 'l', 'pk']);
  }

  #path(among: readonly string[] = ['n', 's', 'l', 'm', 'tags', 'tag', 'bin', 'other', 'm', 'l', 'pk']): string {
    const chance = this.#chance;
    const name = this.#name(chance.pick(among));
    if (chance.happens(0.6)) return name;
    return chance.pick([`${name}.${this.#name('x')}`, `${name}[0]`, `${name}[1]`, `${name}[5]`, `${name}.y[0]`]);
  }

  #name(attribute: string): string {
    if (this.#chance.happens(0.5)) return attribute;
    const placeholder = `#${attribute}`;
    this.#names[placeholder] = attribute;
    return placeholder;
  }

  #value(value: Value): string {
    const placeholder = `:v${Object.keys(this.#values).length}`;
    this.#values[placeholder] = value;
    return placeholder;
  }

  #withNames(input: Record<string, unknown>): Record<string, unknown> {
    const given = {
      ...input,
      ...(Object.keys(this.#names).length > 0 && { ExpressionAttributeNames: this.#names }),
      ...(Object.keys(this.#values).length > 0 && { ExpressionAttributeValues: this.#values }),
    };
    this.#names = {};
    this.#values = {};
    return given;
  }

  #key(table: string): Value {
    const chance = this.#chance;
    if (table === 'simple') return { id: { S: chance.pick(['i1', 'i2', 'i3', 'i4']) } };
    return { pk: { S: chance.pick(['p1', 'p2', 'p3']) }, sk: { N: chance.pick(['0', '1', '2', '3', '10', '-1']) } };
  }

  #distinct(table: string, count: number): Value[] {
    const keys = new Map<string, Value>();
    // There are four keys of the simple table.
    while (keys.size < Math.min(count, 4)) {
      const key = this.#key(table);
      keys.set(JSON.stringify(key), key);
    }
    return [...keys.values()];
  }

  #attributes(): Record<string, Value> {
    const chance = this.#chance;
    const attributes: Record<string, Value> = {};
    if (chance.happens(0.6)) attributes.n = { N: chance.pick(numbers) };
    if (chance.happens(0.5)) attributes.s = { S: chance.pick(strings) };
    if (chance.happens(0.5)) attributes.l = { L: Array.from({ length: chance.below(4) }, () => this.#anyValue(0)) };
    if (chance.happens(0.5)) attributes.m = { M: { x: this.#anyValue(0), y: { L: [{ N: '1' }] } } };
    if (chance.happens(0.4))
      attributes.tags = chance.pick<Value>([{ SS: ['a', 'b'] }, { NS: ['1', '2.0'] }, { BS: ['AQI='] }]);
    if (chance.happens(0.6)) attributes.tag = { S: chance.pick(['t1', 't2']) };
    if (chance.happens(0.4)) attributes.bin = { B: chance.pick(binaries) };
    if (chance.happens(0.02)) attributes.tag = { N: '1' };
    return attributes;
  }

  #anyValue(depth: number): Value {
    const chance = this.#chance;
    return chance.pick<() => Value>([
      () => ({ N: chance.pick(numbers) }),
      () => ({ N: chance.pick(numbers) }),
      () => ({ S: chance.pick(strings) }),
      () => ({ B: chance.pick(binaries) }),
      () => ({ BOOL: chance.happens(0.5) }),
      () => ({ NULL: true }),
      () => ({ SS: ['a', 'b'] }),
      () => (depth > 0 ? { L: [this.#anyValue(0)] } : { N: '5' }),
      () => (depth > 0 ? { M: { x: this.#anyValue(0) } } : { S: 'deep' }),
    ])();
  }
}
