import { execFile } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { makeForeignMoto } from '../../../../scripts/machines/foreign-moto.ts';
import { NotHere, needTools, type OptionalTool } from '../../../../scripts/tools/need-tools.ts';

const root = resolve(import.meta.dirname, '../../../..');
const run = promisify(execFile);

/** A Python with pip or without: what most machines call `python3`. */
const systemPython: OptionalTool<string> = {
  name: 'python3 with venv',
  remedy: 'install Python',
  find: () =>
    run('python3', ['-c', 'import venv']).then(
      () => 'python3',
      () => new NotHere(),
    ),
};

describe('An optional tool', function () {
  this.timeout(120_000);
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sessions-tools-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** The environment of a run of its own, with `folder/bin` first on the PATH. */
  const environment = (env: Readonly<Record<string, string>>): NodeJS.ProcessEnv => {
    const { SKIPS_FOLDER, TEST_TIMES_FOLDER, IAM_USAGE_FOLDER, TEST_FAST, CI, ...inherited } = process.env;
    return { ...inherited, PATH: `${join(folder, 'bin')}${delimiter}${inherited.PATH}`, ...env };
  };
  const npmTest = async (args: readonly string[], env: Readonly<Record<string, string>>) => {
    const { code, stdout } = await run(process.execPath, ['scripts/test.ts', ...args], {
      cwd: root,
      env: environment(env),
    }).then(
      ({ stdout }) => ({ code: 0, stdout }),
      (error: { code: number; stdout: string }) => error,
    );
    return { code, stdout, lines: stdout.trim().split('\n') };
  };
  /** What a tool finds in an environment. */
  const find = async (file: string, name: string, env: Readonly<Record<string, string>>, cwd = root) => {
    const program = `const { ${name} } = await import('./scripts/tools/${file}.ts'); console.log(JSON.stringify(await ${name}.find()))`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], {
      cwd,
      env: environment(env),
    });
    return JSON.parse(stdout) as unknown;
  };
  const program = (name: string, script: string) => {
    mkdirSync(join(folder, 'bin'), { recursive: true });
    writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  };

  describe('(moto)', () => {
    let python: string;

    beforeEach(async function () {
      const [python3] = await needTools(this, 'the search for moto', systemPython);
      ({ python } = makeForeignMoto(folder, python3));
    });

    it('is not the one that python3 on the PATH happens to have, in a checkout without .venv', async () => {
      const checkout = join(folder, 'checkout');
      cpSync(join(root, 'scripts/tools'), join(checkout, 'scripts/tools'), { recursive: true });
      cpSync(join(root, '.ci'), join(checkout, '.ci'), { recursive: true });

      expect(await find('python', 'moto', {}, checkout)).to.deep.equal({});
      expect(await find('python', 'pythonWebSockets', {}, checkout)).to.deep.equal({});
    });

    it('is not there in another version: npm test skips, and its last line says what and how to get it', async () => {
      const args = ['infra/test/deploy/deploy.test.ts', 'packages/acceptance/test/python-client.test.ts'];
      const { code, lines } = await npmTest(args, { MOTO_PYTHON: python });

      expect(lines.at(-1)).to.match(/^skipped: /);
      expect(lines.at(-1)).to.include(
        'deploy tests (moto 5.2.5: bash .ci/install-moto; here: moto 5.2.1 in MOTO_PYTHON)',
      );
      expect(lines.at(-1)).to.include(
        'the example client in Python (websockets 17.4: bash .ci/install-moto; here: websockets 5.2.1 in MOTO_PYTHON)',
      );
      expect(code).to.equal(0);
    });

    it('must be there in CI', async () => {
      const { code, lines } = await npmTest(['packages/acceptance/test/python-client.test.ts'], {
        MOTO_PYTHON: python,
        CI: 'true',
      });

      expect(lines.at(-1)).to.equal('With CI=true nothing may be skipped for lack of a tool.');
      expect(code).to.equal(1);
    });
  });

  it('(Terraform) is not there in an old version, nor with another provider', async () => {
    program('terraform', `echo '{"terraform_version": "1.10.5"}'`);
    expect(await find('terraform', 'terraformWithProvider', {})).to.deep.equal({ found: 'terraform 1.10.5' });

    program('terraform', `echo '{"terraform_version": "1.12.0"}'`);
    const mirror = (version: string) => {
      const plugins = join(folder, version);
      mkdirSync(join(plugins, 'registry.terraform.io/hashicorp/aws', version), { recursive: true });
      return { TERRAFORM_INIT: '', TERRAFORM_PLUGIN_DIR: plugins };
    };
    expect(await find('terraform', 'terraformWithProvider', mirror('6.0.0'))).to.deep.equal({
      found: 'no folder with version 5.100.0 of the AWS provider',
    });
    expect(await find('terraform', 'terraformWithProvider', mirror('5.100.0'))).to.have.property('initArguments');
  });

  it('(Java) is not there when it is too old, whichever way it names its version', async () => {
    program('java', `echo 'openjdk version "11.0.24" 2024-07-16' >&2`);
    expect(await find('dynamodb-local', 'java', {})).to.deep.equal({ found: 'Java 11.0.24' });
    program('java', `echo 'java version "1.8.0_202"' >&2`);
    expect(await find('dynamodb-local', 'java', {})).to.deep.equal({ found: 'Java 1.8.0_202' });
    program('java', `echo 'openjdk version "21" 2023-09-19' >&2`);
    expect(await find('dynamodb-local', 'java', {})).to.deep.equal({ major: 21 });
  });

  it('(Chromium) is the first that runs and is new enough', async () => {
    program('chromium', 'exit 1');
    program('chromium-browser', 'echo Chromium 99.0.4844.51');
    const PATH = join(folder, 'bin');
    expect(await find('chromium', 'chromium', { PATH })).to.deep.equal({
      found: `${join(PATH, 'chromium')}, which does not run`,
    });

    program('google-chrome', 'echo Google Chrome 140.0.7339.80');
    expect(await find('chromium', 'chromium', { PATH })).to.deep.equal({ executablePath: join(PATH, 'google-chrome') });
  });

  it('is not even looked for by npm run test:fast, which says what it leaves out', async () => {
    program('terraform', 'touch "$0.called"');
    const { code, lines } = await npmTest(['--fast', 'infra/test/terraform.test.ts'], {});

    expect(lines.at(-1)).to.equal('left out by test:fast: Terraform tests');
    expect(code).to.equal(0);
    expect(globSync('bin/*.called', { cwd: folder })).to.deep.equal([]);
  });

  it('is asked for with needTools by every test: none skips by itself', () => {
    const files = globSync('{packages/*,packages/functions/*,infra}/test/**/*.ts', { cwd: root });
    const skipping = files.filter((file) => /\bthis\.skip\(|\b(it|describe)\.skip\b/.test(text(file)));
    // Against an API of AWS, what only the local one can do is no check.
    expect(skipping.filter((file) => !file.startsWith('packages/acceptance/test/tools/'))).to.deep.equal([
      'packages/local/test/conformance/check.ts',
    ]);

    const tests = files.filter((file) => file.endsWith('.test.ts'));
    const using = tests.filter((file) =>
      /\b(startTerraform|startMoto|startAws|startChromium|startDynamoDbLocal)\(/.test(text(file)),
    );
    expect(using).to.have.length.above(4);
    for (const file of using) expect(text(file), file).to.include('needTools(this,');
  });

  const text = (file: string): string => readFileSync(join(root, file), 'utf8');
});
