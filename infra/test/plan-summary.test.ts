import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { summarizePlan } from '../../scripts/terraform/plan-summary.ts';

describe('the summary of a plan', () => {
  let folder = '';

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sessions-summary-'));
  });

  after(() => rm(folder, { recursive: true }));

  /** Of a stack with one function, whose plan knows all but its role and its environment. */
  async function summarize(said: object, planned: object): Promise<string> {
    const file = join(folder, 'cdk.tf.json');
    await writeFile(file, JSON.stringify({ resource: { aws_lambda_function: { echo: said } } }));
    const plan = {
      variables: { log_level: { value: 'INFO' } },
      resource_changes: [
        {
          address: 'aws_lambda_function.echo',
          type: 'aws_lambda_function',
          name: 'echo',
          change: { actions: ['create'], after: { ...planned } },
        },
      ],
    };
    return summarizePlan({ environment: 'dev', name: 'sessions-dev', folder, file }, plan);
  }

  const said = {
    '//': { metadata: {} },
    filename: 'assets/1/function.zip',
    source_code_hash: 'one',
    memory_size: 512,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Terraform's
    role: '${aws_iam_role.echo.arn}',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Terraform's
    environment: { variables: { LOG_LEVEL: '${var.log_level}' } },
    policy: '{"Statement": [{"Action": "a"}, {"Action": "b"}]}',
    depends_on: ['aws_iam_role.echo'],
  };
  const planned = { memory_size: 512, publish: false, environment: [{}] };

  it('has what the stack says, with planned values, variables and expressions, and no code', async () => {
    expect(await summarize(said, planned)).to.equal(
      [
        'sessions-dev: 1 resources',
        '   1 aws_lambda_function',
        '',
        'aws_lambda_function.echo',
        '  environment.variables.LOG_LEVEL "INFO"',
        '  memory_size 512',
        '  policy.Statement[] {"Action":"a"}',
        '  policy.Statement[] {"Action":"b"}',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: Terraform's
        '  role "${aws_iam_role.echo.arn}"',
        '',
      ].join('\n'),
    );
  });

  it('does not change with the code, and does with anything else', async () => {
    const before = await summarize(said, planned);

    expect(await summarize({ ...said, source_code_hash: 'two', filename: 'assets/2/function.zip' }, planned)).to.equal(
      before,
    );
    expect(await summarize(said, { ...planned, memory_size: 1024 })).to.not.equal(before);
    expect(await summarize({ ...said, policy: '{"Statement": [{"Action": "*"}]}' }, planned)).to.not.equal(before);
  });
});
