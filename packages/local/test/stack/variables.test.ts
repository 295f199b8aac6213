// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Terraform's templates
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { readVariableFile } from '../../src/stack/variable-files.ts';
import { evaluated, failureOf, removeTemporaryFolders, temporaryFolder } from './set-up.ts';

const declared = {
  variable: {
    size: {
      type: 'number',
      default: 5,
      validation: [
        { condition: '${var.size > 0 && var.size <= var.limit}', error_message: 'size must be 1 to ${var.limit}.' },
      ],
    },
    limit: { type: 'number', default: 10 },
    region: { type: 'string', nullable: false, default: 'us-east-1' },
    tags: { type: '${map(string)}', default: { a: 1 } },
    zones: { type: 'list(string)', default: [] },
    shape: { type: 'object({name = string, count = optional(number, 2)})', default: { name: 'x' } },
    on: { type: 'bool', default: false },
  },
};

const valueOfVariable = (name: string, variables: Record<string, unknown> = {}) =>
  evaluated(`\${var.${name}}`, declared, variables);

describe('Variables of a stack', () => {
  after(removeTemporaryFolders);

  it('have their defaults, converted to their types', async () => {
    expect(await valueOfVariable('size')).to.equal(5);
    expect(await valueOfVariable('tags')).to.deep.equal({ a: '1' });
    expect(await valueOfVariable('shape')).to.deep.equal({ name: 'x', count: 2 });
  });

  it('take text, as a command line gives it', async () => {
    expect(await valueOfVariable('size', { size: '7' })).to.equal(7);
    expect(await valueOfVariable('on', { on: 'true' })).to.equal(true);
    expect(await valueOfVariable('zones', { zones: '["a", "b"]' })).to.deep.equal(['a', 'b']);
    expect(await valueOfVariable('region', { region: 'eu-west-1' })).to.equal('eu-west-1');
  });

  it('take null: it stands for the default where the variable must not be null', async () => {
    expect(await valueOfVariable('region', { region: null })).to.equal('us-east-1');
    expect(await valueOfVariable('size', { size: 1, limit: 2, on: null })).to.equal(1);
    expect(await valueOfVariable('on', { on: null })).to.equal(null);
  });

  it('are refused with their own rule', async () => {
    expect(await failureOf(valueOfVariable('size', { size: 11 }))).to.equal(
      'StackVariableError: Variable size: size must be 1 to 10.',
    );
  });

  it('are refused when the type does not fit', async () => {
    expect(await failureOf(valueOfVariable('size', { size: 'many' }))).to.equal(
      'StackVariableError: Variable size: expected a number, found "many"',
    );
    expect(await failureOf(valueOfVariable('shape', { shape: { count: 1 } }))).to.equal(
      'StackVariableError: Variable shape: the attribute name is missing',
    );
  });

  it('are refused when the stack does not declare them', async () => {
    expect(await failureOf(valueOfVariable('size', { sise: 1 }))).to.equal(
      'StackVariableError: Variable sise: the stack declares no such variable (it has: limit, on, region, shape, size, tags, zones)',
    );
  });

  it('must be given when they have no default', async () => {
    expect(await failureOf(evaluated('x', { variable: { domain: { type: 'string' } } }))).to.equal(
      'StackVariableError: Variable domain: no value was given, and it has no default (--var domain=… sets it)',
    );
  });

  it('come from tfvars files', async () => {
    const file = join(temporaryFolder(), 'terraform.tfvars');
    writeFileSync(
      file,
      '# numbers\nsize = 7\nregion = "eu-west-1" // a comment\nzones = [\n  "a",\n  "b",\n]\n/* more */\ntags = {\n  a = "x"\n  b = "y"\n}\non = true\n',
    );

    expect(await readVariableFile(file)).to.deep.equal({
      size: 7,
      region: 'eu-west-1',
      zones: ['a', 'b'],
      tags: { a: 'x', b: 'y' },
      on: true,
    });
  });

  it('come from JSON files', async () => {
    const file = join(temporaryFolder(), 'dev.tfvars.json');
    writeFileSync(file, '{"size": 7}');

    expect(await readVariableFile(file)).to.deep.equal({ size: 7 });
  });

  it('are refused in a file with anything but literal values, or that is not there', async () => {
    const file = join(temporaryFolder(), 'bad.tfvars');
    writeFileSync(file, 'size = var.other');

    expect(await failureOf(readVariableFile(file))).to.equal(
      `StackFileError: The variable file ${file} cannot be understood: var: only literal values are allowed in a variable file`,
    );
    expect(await failureOf(readVariableFile(`${file}.gone`))).to.equal(
      `StackFileError: The variable file does not exist or cannot be read: ${file}.gone`,
    );
  });
});
