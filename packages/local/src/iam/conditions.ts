import type { PolicyStatement } from '../stack/model.ts';
import { conditionKeys, type RequestContext } from './condition-keys.ts';
import { conditionOperators } from './condition-operators.ts';

export type Condition = (context: RequestContext) => boolean;

/**
 * Makes one test of a statement's `Condition`: every operator and key has to hold, one of a key's values is enough.
 * @throws {RangeError} an operator, key or value is not known here; guessing would allow or deny what AWS does not
 */
export function compileCondition(condition: PolicyStatement['Condition'] = {}, keys = conditionKeys): Condition {
  const tests = Object.entries(condition).flatMap(([operator, values]) =>
    Object.entries(values).map(([key, each]) => compileTest(operator, key.toLowerCase(), each, keys)),
  );
  return (context) => tests.every((test) => test(context));
}

const operatorForm = /^(?:(ForAllValues|ForAnyValue):)?(.+?)(IfExists)?$/;

function compileTest(operator: string, key: string, values: readonly string[], keys: ReadonlySet<string>): Condition {
  const [, quantifier, name = '', ifExists] = operatorForm.exec(operator) ?? [];
  if (!keys.has(key)) throw new RangeError(`the condition key ${key} is not known here`);
  if (name === 'Null' && quantifier === undefined && ifExists === undefined) {
    return (context) => values.some((value) => (value.toLowerCase() === 'true') === !context.has(key));
  }
  const known = conditionOperators.get(name);
  if (known === undefined) throw new RangeError(`the condition operator ${operator} is not known here`);
  const { test, negated, takes = () => true } = known;
  const refused = values.find((value) => !takes(value));
  if (refused !== undefined) throw new RangeError(`${operator} cannot compare with ${JSON.stringify(refused)}`);
  const whenAbsent = ifExists !== undefined || quantifier === 'ForAllValues' || (negated && quantifier === undefined);
  // Every key that is known here has one value at most: for one value, "all" and "any" are the same.
  return (context) => {
    const actual = context.get(key);
    if (actual === undefined) return whenAbsent;
    return values.some((expected) => test(actual, expected)) !== negated;
  };
}
