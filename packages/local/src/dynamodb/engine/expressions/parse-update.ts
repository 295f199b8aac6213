import type { Parsed, Path, Update, UpdateValue } from './ast.ts';
import { Reader } from './reader.ts';

interface Sections {
  set: { path: Path; value: UpdateValue }[];
  remove: Path[];
  add: { path: Path; value: string }[];
  delete: { path: Path; value: string }[];
}

/**
 * Parses an update: sections SET, REMOVE, ADD and DELETE, each at most once, in any order.
 * @throws {ExpressionError}
 * @see "Using update expressions in DynamoDB", Developer Guide
 */
export function parseUpdate(source: string): Parsed<Update> {
  const reader = new Reader(source);
  const sections: Sections = { set: [], remove: [], add: [], delete: [] };
  const seen = new Set<string>();
  do {
    const name = sectionNames.find((word) => reader.isKeyword(word));
    if (name === undefined) throw reader.unexpected();
    reader.take();
    if (seen.has(name)) reader.complain(`The "${name}" section can only be used once in an update expression;`);
    seen.add(name);
    do parseAction[name](reader, sections);
    while (reader.skip(','));
  } while (reader.next.kind !== 'end');
  reader.end();
  return { tree: sections, names: [...reader.names], values: [...reader.values] };
}

const parseAction = {
  SET: (reader: Reader, { set }: Sections) => {
    const path = reader.path();
    reader.expect('=');
    set.push({ path, value: parseSum(reader) });
  },
  REMOVE: (reader: Reader, { remove }: Sections) => {
    remove.push(reader.path());
  },
  ADD: (reader: Reader, { add }: Sections) => {
    add.push({ path: reader.path(), value: reader.value() });
  },
  DELETE: (reader: Reader, sections: Sections) => {
    sections.delete.push({ path: reader.path(), value: reader.value() });
  },
};

const sectionNames = Object.keys(parseAction) as (keyof typeof parseAction)[];

/** One operand, or two with `+` or `-` between them. */
function parseSum(reader: Reader): UpdateValue {
  const left = parseOperand(reader);
  const kind = reader.skip('+') ? 'add' : reader.skip('-') ? 'subtract' : undefined;
  if (kind === undefined) return left;
  reader.countOperator();
  return { kind, left, right: parseOperand(reader) };
}

function parseOperand(reader: Reader): UpdateValue {
  if (reader.next.kind === 'value') return { kind: 'value', name: reader.value() };
  if (reader.isSymbol('(')) {
    reader.take();
    const inner = parseSum(reader);
    reader.expect(')');
    return inner;
  }
  const isCall = reader.next.kind === 'identifier' && reader.peek(1)?.text === '(';
  if (!isCall) return { kind: 'path', path: reader.path() };
  return parseCall(reader);
}

function parseCall(reader: Reader): UpdateValue {
  const name = reader.take().text;
  reader.countOperator();
  reader.expect('(');
  const args = [parseOperand(reader)];
  while (reader.skip(',')) args.push(parseOperand(reader));
  reader.expect(')');
  const [first, second] = args;
  if (name !== 'if_not_exists' && name !== 'list_append') {
    reader.complain(`Invalid function name; function: ${name}`);
  } else if (args.length !== 2) {
    reader.complain(
      'Incorrect number of operands for operator or function; ' +
        `operator or function: ${name}, number of operands: ${args.length}`,
    );
  } else if (first && second) {
    if (name === 'list_append') return { kind: 'list_append', left: first, right: second };
    if (first.kind === 'path') return { kind: 'if_not_exists', path: first.path, otherwise: second };
    reader.complain(`Operator or function requires a document path; operator or function: ${name}`);
  }
  return { kind: 'path', path: [] }; // never evaluated: `complain` makes `end` throw
}
