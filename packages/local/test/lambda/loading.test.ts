import { existsSync } from 'node:fs';
import { expect } from 'chai';
import type { InvocationOutcome } from '../../src/lambda/invoker.ts';
import { createLambdaRuntime } from '../../src/lambda/runtime.ts';
import { functionArn, lambdaFunction, packageOf } from '../fixtures/functions.ts';
import { role, setUp, stopAll } from './set-up.ts';

function failure(outcome: InvocationOutcome) {
  return outcome.kind === 'failed' ? [outcome.error.errorType, outcome.error.errorMessage] : outcome;
}

describe('Lambda runtime: loading a function', () => {
  afterEach(stopAll);

  it('fails every event of a bundle that throws while it loads', async () => {
    const { invoke } = setUp({ source: "throw new RangeError('TABLE_NAME is not set');" });

    expect(failure(await invoke({}))).to.deep.equal(['RangeError', 'TABLE_NAME is not set']);
    expect(failure(await invoke({}))).to.deep.equal(['RangeError', 'TABLE_NAME is not set']);
  });

  it('fails each of several waiting events of a bundle that does not load, exactly once', async () => {
    const { invoke } = setUp({ source: "throw new Error('no');", maxInstancesPerFunction: 2 });

    const outcomes = await Promise.all([1, 2, 3, 4, 5].map(() => invoke({})));

    expect(outcomes.map(failure)).to.deep.equal(Array.from({ length: 5 }, () => ['Error', 'no']));
  });

  it('names a syntax error', async () => {
    const { invoke } = setUp({ source: 'export const handler = (;' });

    expect(failure(await invoke({}))).to.deep.equal([
      'Runtime.UserCodeSyntaxError',
      "SyntaxError: Unexpected token ';'",
    ]);
  });

  it('names an import that is not there', async () => {
    const { invoke } = setUp({ source: "import 'left-pad-of-old'; export const handler = () => 1;" });

    const [errorType, errorMessage] = failure(await invoke({})) as string[];

    expect(errorType).to.equal('Runtime.ImportModuleError');
    expect(errorMessage).to.match(/^Error: Cannot find package 'left-pad-of-old'/);
  });

  it('names a handler file that is not there', async () => {
    const { invoke } = setUp({ fn: { handler: 'main.handler' } });

    expect(failure(await invoke({}))).to.deep.equal(['Runtime.ImportModuleError', "Error: Cannot find module 'main'"]);
  });

  it('names a handler that is not exported', async () => {
    const { invoke } = setUp({ fn: { handler: 'index.other' } });

    expect(failure(await invoke({}))).to.deep.equal([
      'Runtime.HandlerNotFound',
      'index.other is undefined or not exported',
    ]);
  });

  it('names a handler that is not a function', async () => {
    const { invoke } = setUp({ fn: { handler: 'index.notAFunction' } });

    expect(failure(await invoke({}))).to.deep.equal([
      'Runtime.HandlerNotFound',
      'index.notAFunction is not a function',
    ]);
  });

  it('names a handler without an export', async () => {
    const { invoke } = setUp({ fn: { handler: 'index' } });

    expect(failure(await invoke({}))).to.deep.equal(['Runtime.MalformedHandlerName', 'Bad handler index']);
  });

  it('finds a handler inside an exported object', async () => {
    const { invoke } = setUp({ fn: { handler: 'index.nested.deeper.handler' } });

    expect(await invoke({})).to.include({ kind: 'returned', payload: 'from the deep' });
  });

  it('waits for top-level await', async () => {
    const source = 'const answer = await Promise.resolve(42); export const handler = () => answer;';
    const { invoke } = setUp({ source });

    expect(await invoke({})).to.include({ payload: 42 });
  });

  it('loads chunks, CommonJS and handlers in folders', async () => {
    const packageFile = packageOf({
      'src/app.cjs': "exports.handler = async () => (await import('./chunk.mjs')).text;",
      'src/chunk.mjs': "export const text = 'from a chunk';",
    });
    const { invoke } = setUp({ fn: { packageFile, handler: 'src/app.handler' } });

    expect(await invoke({})).to.include({ payload: 'from a chunk' });
  });

  it('finds a missing package at start, and says what to do', async () => {
    const missing = lambdaFunction({ name: 'worker', packageFile: 'dist/missing.zip' });
    const runtime = createLambdaRuntime({ functions: [missing] });

    const error: unknown = await runtime.start().catch((reason: unknown) => reason);

    expect(error).to.include({
      code: 'PACKAGE',
      message: 'The function package dist/missing.zip does not exist: build the bundles, then synthesize again',
    });
    const [errorType] = failure(await runtime.invoke(functionArn('worker'), {}, role)) as string[];
    expect(errorType).to.equal('Runtime.ImportModuleError');
  });

  it('refuses a package that would write outside its folder', async () => {
    const packageFile = packageOf({ '../outside.mjs': '' });
    const runtime = createLambdaRuntime({ functions: [lambdaFunction({ name: 'worker', packageFile })] });

    const error: unknown = await runtime.start().catch((reason: unknown) => reason);

    expect(String(error)).to.match(/holds \.\.\/outside\.mjs, a path that leads outside/);
  });

  it('deletes what it unzipped when it stops', async () => {
    const { invoke, runtime } = setUp();
    const outcome = await invoke({ do: 'context' });
    const { loadedAt } = (outcome.kind === 'returned' ? outcome.payload : {}) as { loadedAt: string };
    expect(existsSync(loadedAt)).to.equal(true);

    await runtime.stop();

    expect(existsSync(loadedAt)).to.equal(false);
  });
});
