import { createHash } from 'node:crypto';
import { ACCOUNT_ID } from './account.ts';
import type { Block } from './document.ts';
import { ExpressionError, StackResourceError } from './errors.ts';
import { type Scope, withNames } from './expressions/evaluate.ts';
import { isPlainObject, LazyObject, toBoolean, toList, toNumber, toObject, toText } from './expressions/values.ts';
import type { Module } from './module.ts';
import { computedAttributes } from './resources/index.ts';
import { appliedAttribute } from './state/applied-attribute.ts';

interface InstanceProps {
  readonly kind: 'resource' | 'data';
  readonly type: string;
  readonly address: string;
  readonly config: Block;
  readonly scope: Scope;
}

/**
 * One resource (or data source) of the stack: attributes from its configuration, or, if they are known only after
 * an apply, from the table of its type. Each is evaluated when asked for, once.
 */
export class ResourceInstance extends LazyObject {
  readonly module: Module;
  readonly kind: 'resource' | 'data';
  readonly type: string;
  /** e.g. `aws_lambda_function.heartbeat`, `aws_sqs_queue.q[0]` */
  readonly address: string;
  readonly #config: Block;
  readonly #scope: Scope;

  constructor(module: Module, { kind, type, address, config, scope }: InstanceProps) {
    super();
    this.module = module;
    this.kind = kind;
    this.type = type;
    this.address = address;
    this.#config = config;
    this.#scope = scope;
  }

  get region(): string {
    return this.module.region;
  }

  /** The attributes and blocks that its configuration has, Terraform's own (`count`, `lifecycle`, …) among them. */
  get configured(): string[] {
    const dynamic = isPlainObject(this.#config.dynamic) ? Object.keys(this.#config.dynamic) : [];
    return [...Object.keys(this.#config).filter((key) => key !== 'dynamic' && key !== '//'), ...dynamic];
  }

  /** The attribute. @throws {ExpressionError} it is neither configured nor known after an apply */
  override get(attribute: string): unknown {
    const value = this.optional(attribute);
    if (value !== undefined) return value;
    throw new ExpressionError(
      `${this.address} has no attribute ${attribute} that is known here (src/stack/resources computes them)`,
    );
  }

  /** The attribute, or undefined when it is not set. */
  optional(attribute: string): unknown {
    const path = `${this.address}.${attribute}`;
    return this.module.once(path, () => {
      if (this.kind === 'resource' && this.type === 'terraform_data') return appliedAttribute(this, attribute);
      const value = this.desired(attribute);
      if (value !== null) return value;
      const dynamic = this.#config.dynamic;
      if (isPlainObject(dynamic) && Object.hasOwn(dynamic, attribute)) {
        return this.module.dynamicBlocks({ [attribute]: dynamic[attribute] }, this.#scope, this.address)[attribute];
      }
      try {
        return computedAttributes(this.kind, this.type)[attribute]?.(this);
      } catch (error) {
        throw error instanceof ExpressionError ? error.at(path) : error;
      }
    });
  }

  /** What the configuration says of the attribute, before an apply; null: nothing. */
  desired(attribute: string): unknown {
    const raw = this.#config[attribute];
    if (raw === undefined || raw === null) return null;
    return this.module.value(raw, this.#scope, `${this.address}.${attribute}`);
  }

  /** Terraform's own settings of the resource, nothing evaluated. */
  get lifecycle(): Block {
    const { lifecycle } = this.#config;
    const block: unknown = Array.isArray(lifecycle) ? lifecycle[0] : lifecycle;
    return isPlainObject(block) ? block : {};
  }

  /** Evaluates what stands in a condition of its `lifecycle`, where `self` is the resource. */
  valueOfCondition(raw: unknown, path: string): unknown {
    return this.module.value(raw, withNames(this.#scope, { self: this }), path);
  }

  /** @throws {StackResourceError} it is not set */
  text(attribute: string): string {
    const value = this.optionalText(attribute);
    if (value === undefined) throw this.fault(attribute, 'it is not set');
    return value;
  }

  optionalText(attribute: string): string | undefined {
    return this.#optionalAs(attribute, toText);
  }

  optionalNumber(attribute: string): number | undefined {
    return this.#optionalAs(attribute, toNumber);
  }

  optionalBoolean(attribute: string): boolean | undefined {
    return this.#optionalAs(attribute, toBoolean);
  }

  /** The texts of a list; empty when it is not set. */
  texts(attribute: string): string[] {
    return this.#optionalAs(attribute, (value) => toList(value).map(toText)) ?? [];
  }

  /** The nested blocks of that name: synthesized as a list, or as an object when there is one. */
  blocks(name: string): Block[] {
    return this.#optionalAs(name, (value) => (Array.isArray(value) ? value : [value]).map(toObject)) ?? [];
  }

  /** The only nested block of that name, if it is there. */
  block(name: string): Block | undefined {
    return this.blocks(name)[0];
  }

  /**
   * An id that depends on the stack's name and the resource's address alone: the same in every run.
   * @param alphabet the characters of the id
   */
  uniqueId(length: number, alphabet: string): string {
    const bytes = createHash('sha512').update(`${this.module.document.name}/${this.address}`).digest();
    return Array.from({ length }, (_, index) => alphabet[(bytes[index] ?? 0) % alphabet.length]).join('');
  }

  /** `arn:aws:<service>:<region>:<account>:<rest>` */
  arn(service: string, rest: string): string {
    return `arn:aws:${service}:${this.region}:${ACCOUNT_ID}:${rest}`;
  }

  /** An error about this resource. */
  fault(attribute: string, reason: string): StackResourceError {
    return new StackResourceError(`${this.address}.${attribute}`, reason);
  }

  #optionalAs<T>(attribute: string, convert: (value: unknown) => T): T | undefined {
    const value = this.optional(attribute);
    return value === undefined ? undefined : this.#as(attribute, value, convert);
  }

  #as<T>(attribute: string, value: unknown, convert: (value: unknown) => T): T {
    try {
      return convert(value);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      throw this.fault(attribute, error.reason);
    }
  }
}
