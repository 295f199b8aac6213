import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { type LambdaFunction, readStack } from '@sessions/local';
import { expect } from 'chai';
import { unzipSync } from 'fflate';
import { functionsFolder } from '../../../scripts/lambdas.ts';

const root = resolve(import.meta.dirname, '../../..');

/** What Lambda itself sets, and a function may rely on. @see AWS Lambda Developer Guide, "Defined runtime environment variables" */
const reservedVariables = ({ name, handler, memoryMb }: LambdaFunction): Record<string, string> => ({
  _HANDLER: handler,
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_SESSION_TOKEN: 'token',
  AWS_REGION: 'us-east-1',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x',
  AWS_LAMBDA_FUNCTION_NAME: name,
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
  AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
});

for (const environment of ['dev', 'staging', 'prod']) {
  describe(`the packages that are deployed to ${environment}`, () => {
    let functions: readonly LambdaFunction[] = [];
    let folder = '';

    before(async () => {
      const file = join(root, `infra/cdktf.out/stacks/sessions-${environment}/cdk.tf.json`);
      // Ids and addresses as AWS would give them.
      const options = { apiEndpoint: (id: string) => `wss://${id}.execute-api.us-east-1.amazonaws.com` };
      functions = (await readStack(file, options)).functions;
      folder = mkdtempSync(join(tmpdir(), 'packages-'));
    });

    after(() => rmSync(folder, { recursive: true, force: true }));

    /** Unzipped, as the local runtime and Lambda do it. */
    const unpack = ({ name, packageFile }: LambdaFunction): string => {
      mkdirSync(join(folder, name));
      for (const [file, content] of Object.entries(unzipSync(readFileSync(packageFile)))) {
        writeFileSync(join(folder, name, file), content);
      }
      return join(folder, name);
    };

    it('are those that were built and tested, byte by byte', () => {
      expect(functions).to.not.be.empty;
      for (const { name, packageFile } of functions) {
        const dist = join(functionsFolder, name.replace(`sessions-${environment}-`, ''), 'dist');
        const zip = readFileSync(packageFile);
        expect(zip.equals(readFileSync(join(dist, 'function.zip'))), name).to.equal(true);
        for (const [file, content] of Object.entries(unzipSync(zip))) {
          expect(readFileSync(join(dist, 'code', file)).equals(content), `${name}: ${file}`).to.equal(true);
        }
      }
    });

    it('load in a bare Node.js 22, with what the stack and Lambda set and nothing else', async () => {
      for (const each of functions) {
        const [file, exported] = each.handler.split('.');
        const url = pathToFileURL(join(unpack(each), `${file}.mjs`)).href;
        const script = `const { ${exported}: handler } = await import(${JSON.stringify(url)}); console.log(process.version, typeof handler);`;
        const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
          env: { ...each.environment, ...reservedVariables(each) },
        });
        expect(stdout, each.name).to.match(/^v22\.\S+ function\n$/);
      }
    });
  });
}
