// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are Terraform's templates
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { expect } from 'chai';
import { clients, writeShopWith } from '../iam/set-up.ts';
import { startShop, stopAll } from '../local-stack/set-up.ts';
import { removeTemporaryFolders } from '../stack/set-up.ts';

const mayInvoke = { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: '${aws_lambda_function.answer.arn}' };

/** Starts a function `call`, with this statement for its role, and a function `answer`. */
async function start(statement: object = mayInvoke) {
  const stackFile = writeShopWith((resource) => {
    const { aws_lambda_function: functions = {}, aws_iam_role: roles = {} } = resource;
    roles.caller = { ...roles.buy, name: 'caller' };
    const shared = { ...functions.buy, filename: '${data.archive_file.caller.output_path}' };
    functions.call = {
      ...shared,
      function_name: 'call',
      handler: 'index.call',
      role: '${aws_iam_role.caller.arn}',
      timeout: 20,
    };
    functions.answer = { ...shared, function_name: 'answer', handler: 'index.answer' };
    const policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    Object.assign(resource.aws_iam_role_policy ?? {}, { caller: { role: '${aws_iam_role.caller.name}', policy } });
  });
  const stack = JSON.parse(readFileSync(stackFile, 'utf8'));
  const source = join(import.meta.dirname, '../fixtures/caller');
  stack.data.archive_file = { caller: { type: 'zip', source_dir: source, output_path: 'caller.zip' } };
  writeFileSync(stackFile, JSON.stringify(stack));

  let answered = (_characters: number): void => {};
  const local = await startShop({
    stackFile,
    onLog: ({ functionName, line }) => {
      if (functionName === 'answer' && line.startsWith('{"answered"')) answered(JSON.parse(line).answered);
    },
  });
  const { lambda } = clients(local, local.credentials);
  const call = async (event: object) => {
    const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: 'call', Payload: JSON.stringify(event) }));
    return JSON.parse(Payload?.transformToString() ?? '');
  };
  const nextAnswer = () =>
    new Promise<number>((resolve) => {
      answered = resolve;
    });
  return { call, nextAnswer };
}

describe('A function that invokes another one', function () {
  this.timeout(30_000);
  afterEach(stopAll);
  after(removeTemporaryFolders);

  it('gets the answer to 6 MB, and a refusal of one byte more', async () => {
    const { call } = await start();
    const event = { target: 'answer', type: 'RequestResponse' };

    expect(await call({ ...event, bytes: 6_291_456 })).to.deep.equal({ status: 200, answer: 6_291_454 });
    expect(await call({ ...event, bytes: 6_291_457 })).to.deep.equal({
      status: 413,
      error: 'RequestTooLargeException',
    });
  });

  it('hands over 1 MB without waiting, and is refused one byte more', async () => {
    const { call, nextAnswer } = await start();
    const event = { target: 'answer', type: 'Event' };
    const answer = nextAnswer();

    expect(await call({ ...event, bytes: 1_048_576 })).to.deep.equal({ status: 202, answer: null });
    expect(await answer).to.equal(1_048_574);
    expect(await call({ ...event, bytes: 1_048_577 })).to.deep.equal({
      status: 413,
      error: 'RequestTooLargeException',
    });
  });

  it('has to be allowed it by its role, in both ways', async () => {
    const { call } = await start({ ...mayInvoke, Resource: '${aws_lambda_function.buy.arn}' });

    for (const type of ['RequestResponse', 'Event']) {
      expect(await call({ target: 'answer', type, bytes: 10 })).to.deep.equal({
        status: 403,
        error: 'AccessDeniedException',
      });
    }
  });
});
