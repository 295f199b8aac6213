import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { parseOptions, UsageError } from '../../../../scripts/smoke/options.ts';
import { smoke } from './command.ts';

const TOKEN = 'header.payload.signature';
const URL = 'wss://abc.execute-api.eu-central-1.amazonaws.com/prod';

describe('The command line of the smoke test', () => {
  it('needs nothing: then it tests a service of its own', async () => {
    expect(await parseOptions([], {})).to.deep.equal({
      target: { kind: 'local' },
      listeners: 5,
      rounds: 1,
      timeoutMs: 10_000,
      json: false,
    });
    // A token in the environment is for services elsewhere.
    expect((await parseOptions([], { SMOKE_TOKEN: TOKEN }))?.target).to.deep.equal({ kind: 'local' });
  });

  it('takes a token from the environment, where no process list shows it', async () => {
    const target = { kind: 'token', url: URL, token: TOKEN };
    expect((await parseOptions(['--url', URL, '--token', TOKEN], {}))?.target).to.deep.equal(target);
    expect((await parseOptions(['--url', URL], { SMOKE_TOKEN: `${TOKEN}\n` }))?.target).to.deep.equal(target);
  });

  const wrong: readonly [args: string, message: RegExp][] = [
    [`--url ${URL}`, /^--token is missing/],
    [`--token ${TOKEN}`, /^--token belongs to --url/],
    [`--url http://example.com --token ${TOKEN}`, /^--url must start with wss:\/\//],
    [`--url ws://example.com/prod --token ${TOKEN}`, /^--url must start with wss:\/\/ \(ws:\/\/ on this machine\)/],
    [`--url ${URL}?token=x --token ${TOKEN}`, /^--url must be host and stage only/],
    [`--url ${URL} --token not-a-jwt`, /^--token is no JWT/],
    [`--url ${URL} --outputs x`, /^--url and --outputs both say where/],
    ['--listeners 0', /^--listeners must be a whole number from 1 to 100, not "0"$/],
    ['--listeners many', /^--listeners must be a whole number from 1 to 100, not "many"$/],
    ['--rounds 1.5', /^--rounds must be a whole number from 1 to 20, not "1.5"$/],
    ['--timeout 0', /^--timeout must be a whole number from 1 to 60, not "0"$/],
    ['--lstn 4', /^Unknown option '--lstn' \(--help lists the options\)$/],
    ['--url', /^Option '--url <value>' argument missing/],
    [`${URL} ${TOKEN}`, /^2 arguments stand without an option \(--help lists the options\)$/],
    ['--outputs /nowhere/outputs.json', /^--outputs \/nowhere\/outputs.json could not be read as JSON/],
  ];
  for (const [args, message] of wrong) {
    it(`is refused, and shows no token: ${args}`, async () => {
      const error = await parseOptions(args.split(' '), {}).catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(UsageError);
      expect((error as UsageError).message).to.match(message);
      expect((error as UsageError).message)
        .to.not.include(TOKEN)
        .and.not.include('not-a-jwt');
    });
  }

  it('ends with 2 and one line when it is wrong', async () => {
    expect(await smoke(['--rounds', 'all'])).to.deep.equal({
      code: 2,
      stdout: '',
      stderr: 'smoke: --rounds must be a whole number from 1 to 20, not "all"\n',
    });
  });

  describe('reads outputs', () => {
    let folder: string;
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'smoke-options-'));
    });
    after(() => rm(folder, { recursive: true }));

    const parsed = async (outputs: unknown, env = {}) => {
      const file = join(folder, 'outputs.json');
      await writeFile(file, JSON.stringify(outputs));
      return (await parseOptions(['--outputs', file], env))?.target;
    };
    const outputs = { websocket_url: URL, user_pool_id: 'eu-central-1_abc', user_pool_client_id: 'client' };
    const target = { kind: 'pool', url: URL, pool: { userPoolId: 'eu-central-1_abc', clientId: 'client' } };

    it('as cdktf writes them, and as Terraform does', async () => {
      expect(await parsed({ 'sessions-prod': outputs })).to.deep.equal(target);
      const values = Object.entries(outputs).map(([name, value]) => [
        name,
        { sensitive: false, type: 'string', value },
      ]);
      expect(await parsed(Object.fromEntries(values))).to.deep.equal(target);
    });

    it('and wants a token where the stack has no user pool', async () => {
      const withoutPool = { websocket_url: URL, user_pool_id: '', user_pool_client_id: '' };
      expect(await parsed(withoutPool, { SMOKE_TOKEN: TOKEN })).to.deep.equal({
        kind: 'token',
        url: URL,
        token: TOKEN,
      });
      const error = await parsed(withoutPool).catch((thrown: unknown) => thrown);
      expect(String(error)).to.match(/--outputs names no user pool .*: set SMOKE_TOKEN/);
    });

    it('and says what is not there', async () => {
      const error = await parsed({ 'sessions-prod': {} }).catch((thrown: unknown) => thrown);
      expect(String(error)).to.match(/outputs\.json has no websocket_url$/);
    });
  });
});
