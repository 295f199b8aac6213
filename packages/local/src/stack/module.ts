import type { Block, StackDocument } from './document.ts';
import { ExpressionError } from './errors.ts';
import { evaluate, type Scope, withNames } from './expressions/evaluate.ts';
import { parseTemplate } from './expressions/parse.ts';
import { isPlainObject, LazyObject, toList, toNumber, toObject, toText, typeName } from './expressions/values.ts';
import { ResourceInstance } from './resource-instance.ts';
import { TerraformState } from './state/terraform-state.ts';
import { checkRules, readVariables } from './variables.ts';

export interface ModuleOptions {
  readonly variables?: Readonly<Record<string, unknown>>;
  /** What a WebSocket API's `api_endpoint` is, e.g. `ws://127.0.0.1:4510`; without a slash at the end. */
  readonly apiEndpoint: (apiId: string) => string;
  /** The same of an HTTP API, e.g. `http://127.0.0.1:4511`. Default: as `apiEndpoint`, with `http` for `ws`. */
  readonly httpApiEndpoint?: (apiId: string) => string;
  /** What an earlier start has made, and where this one leaves what it makes. Default: nothing was made yet. */
  readonly state?: TerraformState;
}

/** A namespace whose members come from a function. */
class Namespace extends LazyObject {
  readonly #find: (key: string) => unknown;
  constructor(find: (key: string) => unknown) {
    super();
    this.#find = find;
  }
  override get(key: string): unknown {
    return this.#find(key);
  }
}

/**
 * Evaluates the expressions of a stack when they are needed, each once, across resources: a function's
 * environment may name the API whose route names the function. A true circle is an error that shows it.
 */
export class Module {
  readonly document: StackDocument;
  readonly options: ModuleOptions;
  readonly scope: Scope;
  readonly state: TerraformState;
  readonly #variables: ReadonlyMap<string, unknown>;
  readonly #memo = new Map<string, unknown>();
  /** What is being evaluated now, outermost first. */
  readonly #open: string[] = [];

  constructor(document: StackDocument, options: ModuleOptions) {
    this.document = document;
    this.options = options;
    this.state = options.state ?? new TerraformState();
    this.#variables = readVariables(document.variable, options.variables ?? {});
    this.scope = { folder: document.folder, lookUp: (name) => this.#lookUp(name) };
    checkRules(document.variable, this.scope);
  }

  /** The region of the (first) AWS provider block. */
  get region(): string {
    return this.#once('provider.aws.region', () => {
      const blocks = this.document.provider.aws;
      const first: unknown = Array.isArray(blocks) ? blocks[0] : blocks;
      const region = isPlainObject(first) ? first.region : undefined;
      return region === undefined ? 'us-east-1' : toText(this.value(region, this.scope, 'provider.aws.region'));
    });
  }

  /** Every instance of every resource (or data source) of a type, in the order of the file. */
  instancesOf(type: string, kind: 'resource' | 'data' = 'resource'): ResourceInstance[] {
    return Object.keys(this.document[kind][type] ?? {}).flatMap((name) => {
      const instances = this.#instances(kind, type, name);
      return instances instanceof ResourceInstance
        ? [instances]
        : (Object.values(instances as object) as ResourceInstance[]);
    });
  }

  /** The outputs of the stack. */
  outputs(): Record<string, unknown> {
    return Object.fromEntries(
      Object.entries(this.document.output).map(([name, block]) => [
        name,
        this.value(block.value, this.scope, `output.${name}`),
      ]),
    );
  }

  /**
   * Evaluates what stands in the JSON: strings are templates, lists and objects are walked.
   * @param path where it stands, for errors
   */
  value(raw: unknown, scope: Scope, path: string): unknown {
    if (typeof raw === 'string') {
      // Most strings are plain: no need to parse them.
      if (!raw.includes('${') && !raw.includes('%{')) return raw;
      try {
        return evaluate(parseTemplate(raw), scope);
      } catch (error) {
        throw error instanceof ExpressionError ? error.at(path) : error;
      }
    }
    if (Array.isArray(raw)) return raw.map((item, index) => this.value(item, scope, `${path}[${index}]`));
    if (!isPlainObject(raw)) return raw;
    const members: [string, unknown][] = [];
    for (const [key, item] of Object.entries(raw)) {
      if (key === '//') continue;
      if (key === 'dynamic') members.push(...Object.entries(this.dynamicBlocks(toObject(item), scope, path)));
      // Keys are templates too: { "${var.name}": … }.
      else members.push([toText(this.value(key, scope, path)), this.value(item, scope, `${path}.${key}`)]);
    }
    return Object.fromEntries(members);
  }

  /** `dynamic` blocks: `{name: {for_each, iterator?, content}}` makes one block per element. */
  dynamicBlocks(dynamic: Record<string, unknown>, scope: Scope, path: string): Record<string, unknown[]> {
    return Object.fromEntries(
      Object.entries(dynamic).map(([name, definition]) => {
        const { for_each: forEach, iterator = name, content } = toObject(definition);
        const elements = entriesOf(this.value(forEach, scope, `${path}.dynamic.${name}.for_each`));
        return [
          name,
          elements.map(([key, value]) =>
            this.value(content, withNames(scope, { [toText(iterator)]: { key, value } }), `${path}.${name}`),
          ),
        ];
      }),
    );
  }

  /**
   * Computes a value once; asking for it while it is being computed is a circle.
   * @throws {ExpressionError} a circle, with its members
   */
  once<T>(address: string, compute: () => T): T {
    return this.#once(address, compute);
  }

  #once<T>(address: string, compute: () => T): T {
    if (this.#memo.has(address)) return this.#memo.get(address) as T;
    const start = this.#open.indexOf(address);
    if (start >= 0) {
      throw new ExpressionError(
        `a circle of references: ${[...this.#open.slice(start), address].join(' -> ')}`,
        address,
      );
    }
    this.#open.push(address);
    try {
      const value = compute();
      this.#memo.set(address, value);
      return value;
    } finally {
      this.#open.pop();
    }
  }

  #lookUp(name: string): unknown {
    switch (name) {
      case 'var':
        return new Namespace((key) => {
          if (this.#variables.has(key)) return this.#variables.get(key);
          throw new ExpressionError(`there is no variable ${key}`);
        });
      case 'local':
        return new Namespace((key) => {
          if (!Object.hasOwn(this.document.locals, key)) throw new ExpressionError(`there is no local value ${key}`);
          const address = `local.${key}`;
          return this.#once(address, () => this.value(this.document.locals[key], this.scope, address));
        });
      case 'data':
        return new Namespace((type) => this.#ofType('data', type));
      case 'path':
        return { module: this.document.folder, root: this.document.folder, cwd: this.document.folder };
      case 'terraform':
        return { workspace: 'default' };
      default:
        return this.#ofType('resource', name);
    }
  }

  #ofType(kind: 'resource' | 'data', type: string): Namespace {
    const prefix = kind === 'data' ? 'data.' : '';
    if (!Object.hasOwn(this.document[kind], type)) {
      throw new ExpressionError(`the stack has nothing called ${prefix}${type}`);
    }
    return new Namespace((name) => this.#instances(kind, type, name));
  }

  /** One instance, a list of them (`count`), or a map (`for_each`). */
  #instances(kind: 'resource' | 'data', type: string, name: string): unknown {
    const address = `${kind === 'data' ? 'data.' : ''}${type}.${name}`;
    const blocks = this.document[kind][type] ?? {};
    if (!Object.hasOwn(blocks, name)) throw new ExpressionError(`there is no ${address} in the stack`);
    const config: Block = blocks[name] ?? {};
    return this.#once(`${address} (instances)`, () => {
      const make = (suffix: string, names: Readonly<Record<string, unknown>>) =>
        new ResourceInstance(this, {
          kind,
          type,
          address: `${address}${suffix}`,
          config,
          scope: withNames(this.scope, names),
        });
      if (config.count !== undefined) {
        const count = toNumber(this.value(config.count, this.scope, `${address}.count`));
        return Array.from({ length: count }, (_, index) => make(`[${index}]`, { count: { index } }));
      }
      if (config.for_each !== undefined) {
        const elements = entriesOf(this.value(config.for_each, this.scope, `${address}.for_each`), 'set');
        return Object.fromEntries(
          elements.map(([key, value]) => [key, make(`[${JSON.stringify(key)}]`, { each: { key, value } })]),
        );
      }
      return make('', {});
    });
  }
}

/** Key and value of each element; of a set, the element is both. */
function entriesOf(value: unknown, listsAre: 'set' | 'list' = 'list'): [string | number, unknown][] {
  if (Array.isArray(value)) {
    return value.map((item, index) => [listsAre === 'set' ? toText(item) : index, item]);
  }
  if (isPlainObject(value)) return Object.entries(value);
  throw new ExpressionError(`for_each needs a map or a set, found ${typeName(toList(value))}`);
}
