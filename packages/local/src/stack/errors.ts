import { LocalRuntimeError } from '../errors.ts';

/** The stack cannot be run as it is. */
export abstract class StackError extends LocalRuntimeError {}

/** The file is missing, is not JSON, or is not a synthesized stack. */
export class StackFileError extends StackError {
  override readonly name = 'StackFileError';
  readonly code = 'STACK_FILE';
}

/** A function's deployment package does not exist. */
export class StackBundleError extends StackError {
  override readonly name = 'StackBundleError';
  readonly code = 'STACK_BUNDLE';
  readonly functionName: string;
  readonly file: string;
  constructor(functionName: string, file: string) {
    super(
      `The package of function ${functionName} does not exist: ${file} (build the functions, then synthesize again)`,
    );
    this.functionName = functionName;
    this.file = file;
  }
}

/** A variable has no value, the wrong type, or breaks one of its own rules. */
export class StackVariableError extends StackError {
  override readonly name = 'StackVariableError';
  readonly code = 'STACK_VARIABLE';
  readonly variable: string;
  constructor(variable: string, reason: string, options?: ErrorOptions) {
    super(`Variable ${variable}: ${reason}`, options);
    this.variable = variable;
  }
}

/** A resource lacks something, or holds something the runtime cannot run. `path` is its address, with the attribute. */
export class StackResourceError extends StackError {
  override readonly name = 'StackResourceError';
  readonly code = 'STACK_RESOURCE';
  readonly path: string;
  constructor(path: string, reason: string, options?: ErrorOptions) {
    super(`${path}: ${reason}`, options);
    this.path = path;
  }
}

/**
 * An expression cannot be parsed or evaluated. Thrown without a path where the fault is found; the attribute
 * being evaluated adds its own, innermost first.
 */
export class ExpressionError extends StackError {
  override readonly name = 'ExpressionError';
  readonly code = 'STACK_EXPRESSION';
  readonly reason: string;
  readonly path: string | undefined;
  constructor(reason: string, path?: string, options?: ErrorOptions) {
    super(path === undefined ? reason : `${path}: ${reason}`, options);
    this.reason = reason;
    this.path = path;
  }

  /** The same error with the path to the expression, unless it already has one. */
  at(path: string): ExpressionError {
    return this.path === undefined ? new ExpressionError(this.reason, path, { cause: this.cause }) : this;
  }
}
