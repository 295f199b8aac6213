// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Terraform's templates
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { terraform } from '../../../../scripts/terraform/command.ts';
import { needTools } from '../../../../scripts/tools/need-tools.ts';
import { terraformWithProvider } from '../../../../scripts/tools/terraform.ts';
import { readStack } from '../../src/stack/read-stack.ts';
import { loadTerraformState, saveTerraformState } from '../../src/stack/state/terraform-state.ts';
import { failureOf, removeTemporaryFolders, temporaryFolder, writeStack } from './set-up.ts';

type Outputs = Record<string, unknown>;
/** Applies the stack with this value of its variable, on what was applied before. */
type Apply = (colour: string) => Promise<Outputs>;

const data = (input: unknown, lifecycle?: object, more = {}) => ({ input, ...(lifecycle && { lifecycle }), ...more });

const parts = {
  variable: { colour: { default: 'red' } },
  resource: {
    terraform_data: {
      key: data('${uuid()}${uuid()}', { ignore_changes: ['input'] }),
      frozen: data('${var.colour} ${uuid()}', { ignore_changes: 'all' }, { triggers_replace: '${var.colour}' }),
      replaced: data('${uuid()}', { ignore_changes: ['input'] }, { triggers_replace: ['${var.colour}'] }),
      member: data({ kept: '${uuid()}', colour: '${var.colour}' }, { ignore_changes: ['input.kept'] }),
      fresh: data('${uuid()}'),
      counted: { count: 2, ...data('${count.index} ${uuid()}', { ignore_changes: ['input'] }) },
      empty: {},
    },
  },
  output: {
    key: { value: '${terraform_data.key.output}' },
    keyId: { value: '${terraform_data.key.id}' },
    keyHash: { value: '${base64sha256(terraform_data.key.input)}' },
    frozen: { value: '${terraform_data.frozen.output}' },
    frozenId: { value: '${terraform_data.frozen.id}' },
    replaced: { value: '${terraform_data.replaced.output}' },
    replacedId: { value: '${terraform_data.replaced.id}' },
    kept: { value: '${terraform_data.member.output.kept}' },
    colour: { value: '${terraform_data.member.output.colour}' },
    fresh: { value: '${terraform_data.fresh.output}' },
    freshId: { value: '${terraform_data.fresh.id}' },
    first: { value: '${terraform_data.counted[0].output}' },
    second: { value: '${terraform_data.counted[1].output}' },
    emptyId: { value: '${terraform_data.empty.id}' },
  },
};

/** Which outputs are others than before, step by step. */
async function changesOf(apply: Apply): Promise<string[][]> {
  let before = await apply('red');
  const changes: string[][] = [];
  for (const colour of ['red', 'blue', 'blue']) {
    const now = await apply(colour);
    changes.push(
      Object.keys(now)
        .filter((name) => now[name] !== before[name])
        .sort(),
    );
    before = now;
  }
  return changes;
}

/** As `npm start -- --data` does it. */
function applyHere(document: object): Apply {
  const stackFile = writeStack(document as Record<string, unknown>);
  const file = join(temporaryFolder(), 'data', 'terraform-state.json');
  return async (colour) => {
    const state = await loadTerraformState(file);
    const { outputs } = await readStack(stackFile, { variables: { colour }, apiEndpoint: () => 'ws://x', state });
    await saveTerraformState(state, file);
    return outputs;
  };
}

const expected = [['fresh'], ['colour', 'fresh', 'replaced', 'replacedId'], ['fresh']];

describe('terraform_data', () => {
  after(removeTemporaryFolders);

  it('keeps what ignore_changes names, and makes anew what is triggered', async () => {
    expect(await changesOf(applyHere(parts))).to.deep.equal(expected);
  });

  it('does what Terraform does', async function () {
    this.timeout(120_000);
    await needTools(this, 'terraform_data beside Terraform', terraformWithProvider);
    const folder = join(temporaryFolder(), 'real');
    mkdirSync(folder);
    writeFileSync(join(folder, 'main.tf.json'), JSON.stringify(parts));
    await terraform(folder, ['init']);

    const changes = await changesOf(async (colour) => {
      await terraform(folder, ['apply', '-auto-approve', `-var=colour=${colour}`]);
      const outputs = JSON.parse(await terraform(folder, ['output', '-json'])) as Record<string, { value: unknown }>;
      return Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value]));
    });

    expect(changes).to.deep.equal(expected);
  });

  it('gives all that use it the same value, made of as many UUIDs as are asked for', async () => {
    const { key, keyId, first, second, freshId } = await applyHere(parts)('red');
    const uuid = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}';

    expect(key).to.match(new RegExp(`^(${uuid}){2}$`));
    expect(String(key).slice(0, 36)).to.not.equal(String(key).slice(36));
    expect(keyId).to.match(new RegExp(`^${uuid}$`));
    expect(freshId).to.not.equal(keyId);
    expect(String(first).slice(2)).to.not.equal(String(second).slice(2));
  });

  it('forgets a resource that the stack no longer has', async () => {
    const file = join(temporaryFolder(), 'state.json');
    const start = async (document: Record<string, unknown>) => {
      const state = await loadTerraformState(file);
      const { outputs } = await readStack(writeStack(document), { apiEndpoint: () => 'ws://x', state });
      await saveTerraformState(state, file);
      return outputs;
    };
    const { key } = await start(parts);
    await start({});

    expect((await start(parts)).key).to.not.equal(key);
  });

  it('checks what a resource promises of itself', async () => {
    const postcondition = [{ condition: '${self.output == var.colour}', error_message: 'made ${self.input}.' }];
    const made = data('${var.colour}', { ignore_changes: ['input'], postcondition });
    const apply = applyHere({ variable: parts.variable, resource: { terraform_data: { made } } });
    await apply('red');

    expect(await failureOf(apply('blue'))).to.equal(
      'StackResourceError: terraform_data.made.lifecycle.postcondition: made red.',
    );
  });

  it('refuses what cannot be kept, and a state that it has not written', async () => {
    const file = join(temporaryFolder(), 'state.json');
    writeFileSync(file, '{"terraform_data.key": "red"}');
    const whole = { terraform_data: { whole: data('${aws_sqs_queue.q}') }, aws_sqs_queue: { q: { name: 'q' } } };
    const path = { terraform_data: { path: data('a', { ignore_changes: ['input[var.colour]'] }) } };
    const twice = applyHere({ variable: parts.variable, resource: path });
    await twice('red');

    expect(await failureOf(loadTerraformState(file))).to.equal(
      `DataFolderError: The state in ${file} cannot be read: restore the file, or delete it to have every terraform_data made anew`,
    );
    expect(await failureOf(applyHere({ variable: parts.variable, resource: whole })('red'))).to.equal(
      'StackResourceError: terraform_data.whole.input: a whole resource in it is not supported: name attributes',
    );
    expect(await failureOf(twice('red'))).to.equal(
      'ExpressionError: terraform_data.path.lifecycle.ignore_changes: it takes attributes, such as input, not var',
    );
  });
});
