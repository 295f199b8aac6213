import { createRequire } from 'node:module';
import { expect } from 'chai';
import { type ExpressionParser, rememberParses } from '../../src/dynamodb/remember-parses.ts';

const require = createRequire(import.meta.url);
const original = require('dynalite/db/conditionParser') as ExpressionParser;

/** dynalite's parser of conditions with a memory of its own. */
function setUp() {
  const parsed: string[] = [];
  const parser: ExpressionParser = {
    parse(text, options) {
      parsed.push(text);
      return original.parse(text, options);
    },
  };
  rememberParses(parser);
  const parse = (text: string, attrVals: Record<string, object> = {}, attrNames: Record<string, string> = {}) => {
    const context = {
      attrNames,
      attrVals,
      unusedAttrNames: Object.fromEntries(Object.keys(attrNames).map((name) => [name, true as const])),
      unusedAttrVals: Object.fromEntries(Object.keys(attrVals).map((name) => [name, true as const])),
      isReserved: () => false,
      compare: (_: string, x: { N: string }, y: { N: string }) => Number(x.N) > Number(y.N),
    };
    const result = parser.parse(text, { context }) as { expression: object };
    return { result, unused: [...Object.keys(context.unusedAttrNames), ...Object.keys(context.unusedAttrVals)] };
  };
  return { parse, parsed };
}

describe('remembered expressions', () => {
  it('are parsed once, and mean the values of each request', () => {
    const { parse, parsed } = setUp();

    parse('seen < :now', { ':now': { N: '1' } });
    const { result } = parse('seen < :now', { ':now': { N: '2' } });

    expect(result.expression).to.deep.equal({ type: '<', args: [['seen'], { N: '2' }] });
    expect(parsed).to.have.length(1);
  });

  it('mean the names of each request', () => {
    const { parse, parsed } = setUp();

    parse('#n = :v', { ':v': { S: 'x' } }, { '#n': 'role' });
    const { result } = parse('#n = :v', { ':v': { S: 'x' } }, { '#n': 'kind' });

    expect(result.expression).to.deep.equal({ type: '=', args: [['kind'], { S: 'x' }] });
    expect(parsed).to.have.length(2);
  });

  it('tell which names and values they did not use', () => {
    const { parse } = setUp();
    const values = { ':used': { N: '1' }, ':spare': { N: '2' } };
    const names = { '#used': 'a', '#spare': 'b' };

    const first = parse('#used = :used', values, names);
    const second = parse('#used = :used', values, names);

    expect([first.unused, second.unused]).to.deep.equal([
      ['#spare', ':spare'],
      ['#spare', ':spare'],
    ]);
  });

  it('are not changed by what is done to a result', () => {
    const { parse } = setUp();

    Object.assign(parse('attribute_exists(id)').result.expression, { type: 'broken' });

    expect(parse('attribute_exists(id)').result.expression).to.include({ type: 'function' });
  });

  it('are judged anew for values of another type', () => {
    const { parse } = setUp();

    parse('begins_with(a, :v)', { ':v': { S: 'x' } });

    expect(parse('begins_with(a, :v)', { ':v': { N: '1' } }).result).to.equal(
      'Incorrect operand type for operator or function; operator or function: begins_with, operand type: N',
    );
  });

  it('are judged anew where the values decide', () => {
    const { parse } = setUp();

    parse('a BETWEEN :low AND :high', { ':low': { N: '1' }, ':high': { N: '2' } });

    expect(parse('a BETWEEN :low AND :high', { ':low': { N: '3' }, ':high': { N: '2' } }).result).to.match(
      /^The BETWEEN operator requires upper bound to be greater than or equal to lower bound/,
    );
  });

  it('are refused each time that they are wrong', () => {
    const { parse } = setUp();

    for (let time = 0; time < 2; time++) {
      expect(parse('a = :missing').result).to.equal(
        'An expression attribute value used in expression is not defined; attribute value: :missing',
      );
    }
  });
});
