import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type System, startSystem } from '../../src/index.ts';
import { failuresOf, smoke } from './command.ts';

/** What the user pool was asked for: the operation, and its parameters. */
type Parameters = Readonly<Record<string, unknown>> & { readonly AuthParameters?: { readonly USERNAME: string } };
type Call = readonly [operation: string, parameters: Parameters];
type Answer = { readonly status?: number; readonly body: object };

describe('The speaker of the smoke test, made for it alone', () => {
  let system: System;
  let cognito: Server;
  let calls: Call[];
  let answers: Record<string, (parameters: Parameters) => Promise<Answer> | Answer>;
  let folder: string;
  let env: Record<string, string>;

  before(async () => {
    system = await startSystem();
    cognito = createServer(async (request, response) => {
      const chunks = await request.toArray();
      const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
      const parameters = JSON.parse(Buffer.concat(chunks).toString());
      calls.push([operation, parameters]);
      const { status = 200, body } = (await answers[operation]?.(parameters)) ?? { body: {} };
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
    });
    cognito.listen(0, '127.0.0.1');
    await once(cognito, 'listening');
    folder = await mkdtemp(join(tmpdir(), 'smoke-speaker-'));
    const { user_pool_id, user_pool_client_id } = system.stack.stack.outputs;
    await writeFile(
      join(folder, 'outputs.json'),
      JSON.stringify({ dev: { websocket_url: system.stack.webSocketUrl, user_pool_id, user_pool_client_id } }),
    );
    env = {
      AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: `http://127.0.0.1:${(cognito.address() as { port: number }).port}`,
      AWS_ACCESS_KEY_ID: 'none',
      AWS_SECRET_ACCESS_KEY: 'none',
    };
  });
  after(async () => {
    cognito.close();
    await rm(folder, { recursive: true });
    await system.stop();
  });

  beforeEach(() => {
    calls = [];
    answers = {
      AdminInitiateAuth: async ({ AuthParameters }) => ({
        body: {
          AuthenticationResult: { AccessToken: await system.token({ username: String(AuthParameters?.USERNAME) }) },
        },
      }),
    };
  });

  const run = (...args: string[]) =>
    smoke(['--outputs', join(folder, 'outputs.json'), '--listeners', '1', ...args], env);
  const asked = () => calls.map(([operation]) => operation);
  const users = () => new Set(calls.flatMap(([, { Username }]) => (Username === undefined ? [] : [String(Username)])));

  it('signs in with a password that nobody keeps, and is deleted', async () => {
    const { code, stdout, stderr } = await run();

    expect(stderr).to.equal('');
    expect(code, stdout).to.equal(0);
    expect(asked()).to.deep.equal(['AdminCreateUser', 'AdminSetUserPassword', 'AdminInitiateAuth', 'AdminDeleteUser']);
    expect(users()).to.have.property('size', 1);
    expect([...users()][0]).to.match(/^smoke-[0-9a-f-]{36}$/);
    const password = String(calls[1]?.[1].Password);
    expect(password).to.match(/^(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])(?=.*[^\w]).{20,}$/);
    expect(stdout).to.not.include(password);
    // An invitation by e-mail would be sent to nobody.
    expect(calls[0]?.[1]).to.include({ MessageAction: 'SUPPRESS' });
  });

  it('signs in as users do, where administrators may not for them', async () => {
    Object.assign(answers, { InitiateAuth: answers.AdminInitiateAuth });
    answers.AdminInitiateAuth = () => ({
      status: 400,
      body: { __type: 'InvalidParameterException', message: 'Auth flow not enabled for this client' },
    });
    const { code, stdout } = await run();

    expect(code, stdout).to.equal(0);
    expect(asked()).to.deep.equal([
      'AdminCreateUser',
      'AdminSetUserPassword',
      'AdminInitiateAuth',
      'InitiateAuth',
      'AdminDeleteUser',
    ]);
  });

  it('is deleted also when the service does not work', async () => {
    answers.AdminInitiateAuth = async () => ({
      body: { AuthenticationResult: { AccessToken: await system.token({ username: 'x', expiresInSeconds: -60 }) } },
    });
    const ended = await run();

    expect(ended.code).to.equal(1);
    expect(failuresOf(ended)[0]).to.match(/^speaker: the handshake was refused with 401/);
    expect(asked().at(-1)).to.equal('AdminDeleteUser');
  });

  it('says what the user pool refuses', async () => {
    answers.AdminCreateUser = () => ({
      status: 400,
      body: { __type: 'AccessDeniedException', message: 'not authorized to perform: cognito-idp:AdminCreateUser' },
    });
    const { code, stderr } = await run();

    expect(code).to.equal(1);
    expect(stderr).to.equal(
      'smoke: Cognito AdminCreateUser failed: AccessDeniedException: not authorized to perform: cognito-idp:AdminCreateUser\n',
    );
    expect(asked()).to.deep.equal(['AdminCreateUser']);
  });

  it('does not answer what a user pool asks besides a password', async () => {
    answers.AdminInitiateAuth = () => ({ body: { ChallengeName: 'SOFTWARE_TOKEN_MFA' } });
    const { code, stderr } = await run();

    expect(code).to.equal(1);
    expect(stderr).to.equal(
      'smoke: the user pool asks for SOFTWARE_TOKEN_MFA as well: set SMOKE_TOKEN to a token of it\n',
    );
    expect(asked().at(-1)).to.equal('AdminDeleteUser');
  });
});
