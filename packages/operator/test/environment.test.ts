import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { awsEnvironment } from '@sessions/local';
import { expect } from 'chai';
import { leaveOutWhenFast } from '../../../scripts/tools/need-tools.ts';
import { endCommands, LIMIT_MS, runCommand, type Surroundings, setUp } from './set-up.ts';

describe('Which environment a command works on', function () {
  this.timeout(LIMIT_MS);
  let stack: Surroundings;
  let folder: string;
  let variables: Readonly<Record<string, string>>;

  before(async function () {
    leaveOutWhenFast(this, 'where operators’ commands find environments');
    folder = await mkdtemp(join(tmpdir(), 'sessions-environment-'));
    stack = await setUp();
    stack.allow('ssm:GetParametersByPath');
    variables = awsEnvironment(stack.system.stack);
  });
  afterEach(endCommands);
  after(async () => {
    await stack?.stop();
    await rm(folder, { recursive: true });
  });

  const empty = { code: 0, stdout: '[]\n', stderr: '' };
  const list = (args: readonly string[], env = {}) => runCommand('session', ['list', '--json', ...args], env);

  it('is the only one that there is behind AWS_ENDPOINT_URL or an environment file', async () => {
    expect(await list([], variables)).to.deep.equal(empty);
    // Past a profile of the user's, whose credentials are for a real account.
    const env = { AWS_PROFILE: 'work', AWS_SESSION_TOKEN: 'of a real account' };
    expect(await list(['--env-file', stack.envFile], env)).to.deep.equal(empty);
  });

  it('is the one that is named, as every deployment leaves its outputs', async () => {
    expect(await list(['--env', 'dev'], variables)).to.deep.equal(empty);
    const { code, stderr } = await list(['--env', 'staging'], variables);
    expect(code).to.equal(1);
    expect(stderr).to.match(/^session: there is no environment staging in us-east-1, or it was never deployed: .*\n$/);
    expect((await list(['--env', '../dev'], variables)).stderr).to.match(/^session: --env must be the name of /);
  });

  it('is the one whose outputs a file has: of cdktf, of Terraform, plain', async () => {
    const { outputs } = stack.system.stack.stack;
    const typed = Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, { value, type: 'string' }]));
    for (const json of [outputs, { 'sessions-dev': outputs }, typed]) {
      const file = join(folder, 'outputs.json');
      await writeFile(file, JSON.stringify(json));
      expect(await list(['--outputs', file], variables)).to.deep.equal(empty);
    }
    const { changes_failed_queue_url: _, ...older } = outputs;
    const file = join(folder, 'older.json');
    await writeFile(file, JSON.stringify(older));
    expect((await list(['--outputs', file], variables)).stderr).to.equal(
      `session: --outputs ${file} does not say changes_failed_queue_url: deploy this version there first\n`,
    );
    expect((await list(['--outputs', join(folder, 'none.json')], variables)).stderr).to.match(
      /^session: --outputs \S+none\.json could not be read as JSON: .*\n$/,
    );
  });

  it('cannot be reached without credentials, a Region, or with those of an earlier start', async () => {
    const { AWS_ACCESS_KEY_ID: _, AWS_SECRET_ACCESS_KEY: __, ...noCredentials } = variables;
    const { AWS_REGION: ___, AWS_DEFAULT_REGION: ____, ...noRegion } = variables;
    const of = async (env: Readonly<Record<string, string>>) => {
      const { code, stdout, stderr } = await list(['--env', 'dev'], env);
      expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
      return stderr;
    };
    expect(await of(noCredentials)).to.match(/^session: there are no credentials for AWS: set AWS_PROFILE, or .*\n$/);
    expect(await of(noRegion)).to.match(/^session: AWS_REGION is not set: .*\n$/);
    expect(await of({ ...variables, AWS_SECRET_ACCESS_KEY: 'wrong' })).to.match(
      /^session: the credentials are refused \(InvalidSignatureException\): .*\n$/,
    );
    expect(await of({ ...variables, AWS_ENDPOINT_URL: 'http://127.0.0.1:9' })).to.match(
      /^session: AWS cannot be reached \(.*\n$/,
    );
  });

  it('is not one of a file that no local stack wrote', async () => {
    const file = join(folder, 'other.env');
    await writeFile(file, 'COLOUR=red\n');
    expect(await list(['--env-file', file])).to.deep.include({
      code: 2,
      stderr: `session: --env-file ${file} names no AWS_ENDPOINT_URL: it must be what npm start -- --env-file wrote\n`,
    });
    expect((await list(['--env-file', join(folder, 'none.env')])).stderr).to.match(
      /^session: --env-file \S+none\.env cannot be read \(.*\n$/,
    );
  });

  it('has a database that does not answer: one line says so', async () => {
    await stack.system.stack.faults.set({ rules: [{ call: { service: 'dynamodb' }, do: { error: 500 } }] });
    const { code, stderr } = await list(['--env', 'dev'], variables);
    await stack.system.stack.faults.clear();
    expect(code).to.equal(1);
    expect(stderr).to.match(/^session: InternalServerError: .*\n$/);
  });
});
