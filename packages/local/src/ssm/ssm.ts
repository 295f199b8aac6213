import { jsonError } from '../aws/json-protocol.ts';
import type { Parameter } from '../stack/model.ts';

type Input = Readonly<Record<string, unknown>>;

/** The most parameters that one answer of GetParametersByPath has. */
const MAX_RESULTS = 10;

/** A refusal, by the code that AWS gives. */
class SsmError extends Error {
  override readonly name = 'SsmError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The stack's parameters, over the JSON protocol of Systems Manager: read only, as Terraform has written them. */
export class Ssm {
  readonly #parameters: readonly Parameter[];

  constructor(parameters: readonly Parameter[]) {
    this.#parameters = [...parameters].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Answers one request that was read already. Never throws. */
  answer(operation: string, body: Buffer): { statusCode: number; body: Input } {
    try {
      const run = Object.hasOwn(this.#operations, operation) ? this.#operations[operation] : undefined;
      if (!run) throw new SsmError('UnknownOperationException', `${operation} cannot be run here: parameters are read`);
      return { statusCode: 200, body: run(parse(body)) };
    } catch (error) {
      if (!(error instanceof SsmError))
        return { statusCode: 500, body: jsonError('InternalServerError', String(error)) };
      return { statusCode: 400, body: jsonError(error.code, error.message) };
    }
  }

  readonly #operations: Readonly<Record<string, (input: Input) => Input>> = {
    GetParameter: ({ Name }) => {
      const found = this.#parameters.find(({ name }) => name === Name);
      if (!found) throw new SsmError('ParameterNotFound', '');
      return { Parameter: shown(found) };
    },

    GetParameters: ({ Names }) => {
      const names = Array.isArray(Names) ? [...new Set(Names.map(String))] : [];
      const found = this.#parameters.filter(({ name }) => names.includes(name));
      return {
        Parameters: found.map(shown),
        InvalidParameters: names.filter((name) => !found.some((parameter) => parameter.name === name)),
      };
    },

    GetParametersByPath: ({ Path, Recursive, MaxResults = MAX_RESULTS, NextToken }) => {
      if (typeof Path !== 'string' || !Path.startsWith('/')) {
        throw new SsmError('ValidationException', 'The parameter path must start with "/".');
      }
      if (!Number.isInteger(MaxResults) || Number(MaxResults) < 1 || Number(MaxResults) > MAX_RESULTS) {
        throw new SsmError('ValidationException', `MaxResults must be from 1 to ${MAX_RESULTS}, not ${MaxResults}.`);
      }
      const prefix = Path.endsWith('/') ? Path : `${Path}/`;
      const below = this.#parameters.filter(
        ({ name }) => name.startsWith(prefix) && (Recursive === true || !name.slice(prefix.length).includes('/')),
      );
      const start = NextToken === undefined ? 0 : below.findIndex(({ name }) => name === NextToken);
      if (start < 0) throw new SsmError('InvalidNextToken', 'The specified token is not valid.');
      const next = below[start + Number(MaxResults)];
      return {
        Parameters: below.slice(start, start + Number(MaxResults)).map(shown),
        ...(next && { NextToken: next.name }),
      };
    },
  };
}

const shown = ({ name, type, value, arn }: Parameter): Input => ({
  Name: name,
  Type: type,
  Value: value,
  Version: 1,
  ARN: arn,
  DataType: 'text',
});

function parse(body: Buffer): Input {
  try {
    const input: unknown = JSON.parse(body.toString());
    if (typeof input === 'object' && input !== null && !Array.isArray(input)) return input as Input;
  } catch {} // said below
  throw new SsmError('SerializationException', 'The request is not a JSON object');
}
