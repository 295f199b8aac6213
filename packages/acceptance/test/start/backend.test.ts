import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import WebSocket from 'ws';
import { leaveOutWhenFast, needTools } from '../../../../scripts/tools/need-tools.ts';
import { moto } from '../../../../scripts/tools/python.ts';
import { copyCheckout, removeCheckouts } from './checkout.ts';
import { endAll, npmStart, type Started, userEnvironment } from './npm-start.ts';

const run = promisify(execFile);

/** Both do what docs/local.md shows: read a table, post to a connection; then what must fail. */
const BOTO3 = `
import sys, boto3
items = boto3.client('dynamodb').scan(TableName='sessions-dev-connections')['Items']
boto3.client('apigatewaymanagementapi').post_to_connection(ConnectionId=items[0]['connectionId']['S'], Data=b'from boto3')
print(len(items))
`;
const JAVASCRIPT = `
import { ApiGatewayManagementApi } from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDB } from '@aws-sdk/client-dynamodb';
const { Items } = await new DynamoDB().scan({ TableName: 'sessions-dev-connections' });
await new ApiGatewayManagementApi().postToConnection({ ConnectionId: Items[0].connectionId.S, Data: 'from JavaScript' });
console.log(Items.length);
`;

describe('A backend on the same machine', function () {
  this.timeout(120_000);
  let checkout: string;
  let envFile: string;
  let started: Started;
  let socket: WebSocket;

  before(async function () {
    leaveOutWhenFast(this, 'npm start for a backend');
    checkout = await copyCheckout({ installed: true });
    envFile = join(checkout, 'aws.env');
    started = npmStart(checkout, '--env-file', envFile);
    const { webSocketUrl } = await started.ready;
    const token = /^eyJ\S+$/m.exec(started.stdout())?.[0] ?? '';
    socket = new WebSocket(`${webSocketUrl}?action=createSession&sourceLanguage=en`, ['session.v1', `bearer.${token}`]);
    await once(socket, 'message'); // the session is stored
  });
  after(async () => {
    socket?.terminate();
    endAll();
    await removeCheckouts();
  });

  it('gets a file that only this user reads, and the same is printed', async () => {
    const lines = (await readFile(envFile, 'utf8')).trimEnd().split('\n');

    expect((await stat(envFile)).mode & 0o777).to.equal(0o600);
    expect(lines.map((line) => line.split('=')[0])).to.deep.equal([
      'AWS_ENDPOINT_URL',
      'AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI',
      'AWS_REGION',
      'AWS_DEFAULT_REGION',
      'AWS_ACCESS_KEY_ID',
      'AWS_SECRET_ACCESS_KEY',
      'AWS_SESSION_TOKEN',
    ]);
    expect(started.stdout()).to.contain(lines.map((line) => `export ${line}`).join('\n'));
  });

  it('reads a table and posts to a connection with boto3', async function () {
    // moto brings boto3 along.
    const [{ python }] = await needTools(this, 'a backend with boto3', moto);
    const received = once(socket, 'message');

    // As a shell does, past a token of a real account.
    const command = `set -a; . ${envFile}; exec ${python} -c "$SCRIPT"`;
    const env = { ...userEnvironment(), SCRIPT: BOTO3, AWS_SESSION_TOKEN: 'of another account' };
    const { stdout } = await run('sh', ['-c', command], { env });

    expect(stdout).to.equal('1\n');
    expect(String((await received)[0])).to.equal('from boto3');
  });

  it('reads a table and posts to a connection with the JavaScript SDK', async () => {
    const script = join(checkout, 'packages/core/backend.mjs'); // where the SDK is installed
    await writeFile(script, JAVASCRIPT);
    const received = once(socket, 'message');

    const { stdout } = await run(process.execPath, [`--env-file=${envFile}`, script], { env: userEnvironment() });

    expect(stdout).to.equal('1\n');
    expect(String((await received)[0])).to.equal('from JavaScript');
  });

  it('is let in by these credentials alone, which are others at each start', async () => {
    const other = npmStart(checkout);
    await other.ready;
    const keyOf = ({ stdout }: Started) => /^export AWS_ACCESS_KEY_ID=(\S+)$/m.exec(stdout())?.[1];

    expect(keyOf(other))
      .to.match(/^AKIA[A-Z2-7]{16}$/)
      .and.not.equal(keyOf(started));
  });

  it('has no file any more when the stack has stopped', async () => {
    process.kill(started.pid, 'SIGTERM');
    await started.ended;

    expect(existsSync(envFile)).to.equal(false);
  });

  it('learns at once that the file cannot be written', async () => {
    const refused = npmStart(checkout, '--env-file', join(checkout, 'none/aws.env'));

    expect(await refused.ended).to.equal(1);
    expect(refused.stderr()).to.match(/^The environment file .*none\/aws\.env cannot be written: .*--env-file$/m);
  });
});
