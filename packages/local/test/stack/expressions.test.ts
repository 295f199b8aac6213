// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Terraform's templates
import { expect } from 'chai';
import { evaluated, failureOf, removeTemporaryFolders } from './set-up.ts';

/** Expressions as they stand in a stack, and what Terraform makes of them. */
const cases: readonly [string, unknown][] = [
  // Templates
  ['plain', 'plain'],
  ['a ${1 + 2} b ${true}', 'a 3 b true'],
  ['${5}', 5],
  ['$${kept} %%{kept}', '${kept} %{kept}'],
  ['${"in ${"nested ${1}"} out"}', 'in nested 1 out'],
  ['${"a\\n\\"b\\" \\u00e9"}', 'a\n"b" é'],
  ['a \\n stays', 'a \\n stays'],
  // Operators, in Terraform's order
  ['${1 + 2 * 3 - 4 / 2}', 5],
  ['${(1 + 2) * 3 % 4}', 1],
  ['${-2 + 1}', -1],
  ['${!true || 1 < 2 && 2 >= 2}', true],
  ['${1 == 1 && "a" != "b"}', true],
  ['${"1" == 1}', false],
  ['${[1, {a = 2}] == [1, {a = 2}]}', true],
  ['${"5" > 3}', true],
  ['${false && tobool("not asked")}', false],
  ['${1 > 2 ? "a" : 3 > 2 ? "b" : "c"}', 'b'],
  // Collections
  ['${[1, 2, 3][1]}', 2],
  ['${{a = 1, "b" : 2, (upper("c")) = 3}}', { a: 1, b: 2, C: 3 }],
  ['${{a = {b = [4]}}.a.b[0]}', 4],
  ['${{"k 1" = 5}["k 1"]}', 5],
  ['${[{a = 1}, {a = 2}][*].a}', [1, 2]],
  ['${[{a = 1}, {a = 2}].*.a}', [1, 2]],
  ['${[for x in [1, 2, 3] : x * 2 if x > 1]}', [4, 6]],
  ['${{for k, v in {a = 1} : upper(k) => v + 1}}', { A: 2 }],
  // Functions
  ['${replace("wss://x", "/^ws/", "http")}', 'https://x'],
  ['${replace("a.b.c", ".", "-")}', 'a-b-c'],
  ['${replace("john smith", "/(\\\\w+) (\\\\w+)/", "$2 ${"$"}{1}")}', 'smith john'],
  ['${jsonencode({b = [1, null, "<q>"], a = true})}', '{"a":true,"b":[1,null,"\\u003cq\\u003e"]}'],
  ['${jsondecode("{\\"a\\":[1]}").a[0]}', 1],
  ['${format("%s-%03d %q %.2f%%", "a", 7, "b", 1.5)}', 'a-007 "b" 1.50%'],
  ['${join(",", ["a", "b"])}', 'a,b'],
  ['${split("/", "a/b")}', ['a', 'b']],
  ['${lower("AB")}${upper("c")}', 'abC'],
  ['${trimsuffix("api/", "/")}${trimprefix("xa", "x")}', 'apia'],
  ['${concat([1], [2])}', [1, 2]],
  ['${merge({a = 1}, {a = 2, b = 3})}', { a: 2, b: 3 }],
  ['${length("héllo") + length([1]) + length({a = 1})}', 7],
  ['${contains(["a"], "a")}', true],
  ['${can(regex("^[a-z]+$", "abc"))}', true],
  ['${can(regex("^[a-z]+$", "ABC"))}', false],
  ['${try({a = 1}.b, "fallback")}', 'fallback'],
  ['${regex("(\\\\d+)-(\\\\d+)", "10-20")}', ['10', '20']],
  ['${regex("(?i)ABC", "xabcx")}', 'abc'],
  ['${tonumber("1.5") + 1}', 2.5],
  ['${tostring(5)}', '5'],
  ['${tobool("true")}', true],
  ['${coalesce("", null, "x")}', 'x'],
  ['${min(3, 1)}${max(3, 1)}${ceil(1.2)}${floor(1.8)}', '1321'],
  ['${element(["a", "b"], 3)}', 'b'],
  ['${lookup({a = 1}, "b", 2)}', 2],
  ['${startswith("abc", "ab") && endswith("abc", "bc")}', true],
  ['${sha1("a")}', '86f7e437faa5a7fce15d1ddcb9eaeaea377667b8'],
  ['${filebase64sha256("function.zip")}', '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='],
  ['${keys({b = 1, a = 2})}', ['a', 'b']],
  ['${values({b = 1, a = 2})}', [2, 1]],
  ['${flatten([[1], [[2]]])}', [1, 2]],
  ['${compact(["a", "", null])}', ['a']],
  ['${toset(["a", "a"])}', ['a']],
  ['${one([])}', null],
  ['${alltrue([true, false])}', false],
  ['${anytrue([true, false])}', true],
  ['${max([1, 5]...)}', 5],
];

/** Expressions that cannot be evaluated, and the reason given. */
const refused: readonly [string, string][] = [
  ['${nothing.here.id}', 'the stack has nothing called nothing'],
  ['${var.missing}', 'there is no variable missing'],
  ['${{a = 1}.b}', 'there is no attribute "b"'],
  ['${[1][5]}', 'index 5 is outside a list of 1'],
  ['${cidrhost("10.0.0.0/8", 1)}', 'the function cidrhost is not supported'],
  ['${1 +}', 'expected a value, found the end in "1 +"'],
  ['${1 2}', 'expected the end, found 2 in "1 2"'],
  ['${"a" + 1}', 'expected a number, found "a"'],
  ['%{if true}x%{endif}', 'template directives (%{) are not supported'],
  ['${open', 'an interpolation is not closed in "${open"'],
  ['${1 / 0}', 'division by zero'],
];

describe('Terraform expressions', () => {
  after(removeTemporaryFolders);

  for (const [expression, value] of cases) {
    it(`evaluate ${expression}`, async () => {
      expect(await evaluated(expression)).to.deep.equal(value);
    });
  }

  for (const [expression, reason] of refused) {
    it(`refuse ${expression}, naming where it stands`, async () => {
      expect(await failureOf(evaluated(expression))).to.equal(`ExpressionError: output.result: ${reason}`);
    });
  }

  it('evaluate locals and count lazily, across resources', async () => {
    const parts = {
      locals: { wanted: 2, names: '${[for i in range(local.wanted) : "n${i}"]}' },
      resource: {
        aws_dynamodb_table: {
          many: {
            count: '${local.wanted}',
            name: 'table-${count.index}',
            hash_key: 'a',
            attribute: [{ name: 'a', type: 'S' }],
          },
          none: { count: 0, name: 'never', hash_key: 'a' },
          each: {
            for_each: '${toset(["x"])}',
            name: 'table-${each.key}',
            hash_key: 'a',
            attribute: [{ name: 'a', type: 'S' }],
          },
        },
      },
    };

    const result =
      '${join(" ", concat(aws_dynamodb_table.many[*].name, aws_dynamodb_table.none[*].name, [aws_dynamodb_table.each["x"].name], local.names))}';

    expect(await evaluated(result, parts)).to.equal('table-0 table-1 table-x n0 n1');
  });

  it('show the members of a circle of references', async () => {
    const parts = { locals: { a: '${local.b}', b: '${local.a}' } };

    expect(await failureOf(evaluated('${local.a}', parts))).to.equal(
      'ExpressionError: local.a: a circle of references: local.a -> local.b -> local.a',
    );
  });
});
