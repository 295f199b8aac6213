import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { json } from 'node:stream/consumers';
import { expect } from 'chai';
import WebSocket from 'ws';
import { parseRoutes, UsageError } from '../../src/cli-options.ts';
import { removeTemporaryFolders } from '../stack/set-up.ts';
import { ask, connect, startShop, stopAll, writeShop } from './set-up.ts';

// biome-ignore lint/suspicious/noExplicitAny: events are asserted on key by key
type Event = any;

const servers: Server[] = [];
const children: ChildProcess[] = [];

/** A program outside, that answers an event as the test says. */
async function program(answer: (event: Event) => { status?: number; text: string }) {
  const events: Event[] = [];
  const server = createServer(async (request, response) => {
    const event = await json(request);
    events.push(event);
    const { status = 200, text } = answer(event);
    response.writeHead(status, { 'content-type': 'application/json' }).end(text);
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, events };
}

const answerOf = (text: string) => JSON.parse(text) as { message?: string };

describe('Routes that are programs', () => {
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await stopAll();
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });
  after(removeTemporaryFolders);

  it('get the event of the Lambda proxy integration, and their body is what the client gets', async () => {
    const { url, events } = await program(({ body }) => {
      const { chunk } = JSON.parse(body);
      return { text: JSON.stringify({ statusCode: 200, body: `heard ${chunk}` }) };
    });
    const stack = await startShop({ routes: { audioChunk: url } });
    const socket = await connect(stack.webSocketUrl);

    expect(await ask(socket, { action: 'audioChunk', chunk: 'UklGRg==' })).to.equal('heard UklGRg==');

    const [{ requestContext, body, isBase64Encoded }] = events;
    expect(requestContext).to.include({ routeKey: 'audioChunk', eventType: 'MESSAGE', stage: 'dev' });
    expect(requestContext.connectionId).to.be.a('string');
    expect(JSON.parse(body)).to.deep.equal({ action: 'audioChunk', chunk: 'UklGRg==' });
    expect(isBase64Encoded).to.equal(false);
  });

  it('need not answer: then the client gets nothing', async () => {
    const { url } = await program(() => ({ text: '' }));
    const answered = Promise.withResolvers<unknown>();
    const stack = await startShop({
      routes: { audioChunk: url },
      gateway: { onMessage: ({ routeKey, answer }) => answered.resolve({ routeKey, answer }) },
    });
    const socket = await connect(stack.webSocketUrl);

    socket.send(JSON.stringify({ action: 'audioChunk' }));

    expect(await answered.promise).to.deep.equal({ routeKey: 'audioChunk', answer: { kind: 'nothing' } });
  });

  it("take an action from the stack's function, and leave it the others", async () => {
    const { url } = await program(() => ({ text: JSON.stringify({ body: 'of the program' }) }));
    const beside = await startShop({ routes: { audioChunk: url } });
    const instead = await startShop({ routes: { buy: url } });
    const buy = { action: 'buy', env: 'AWS_REGION' };

    expect(await ask(await connect(beside.webSocketUrl), buy)).to.equal('eu-west-1');
    expect(await ask(await connect(instead.webSocketUrl), buy)).to.equal('of the program');
  });

  it('are an internal error to the client when they fail, and one line says why', async () => {
    const answers = [{ status: 500, text: 'oops' }, { text: '<html>' }, { text: JSON.stringify({ body: 'well' }) }];
    const { url } = await program(() => answers.shift() ?? { status: 500, text: '' });
    const problems: string[] = [];
    const stack = await startShop({ routes: { audioChunk: url }, onRouteProblem: (line) => problems.push(line) });
    const socket = await connect(stack.webSocketUrl);

    const failed = answerOf(await ask(socket, { action: 'audioChunk' }));
    const noJson = answerOf(await ask(socket, { action: 'audioChunk' }));
    const well = await ask(socket, { action: 'audioChunk' });

    expect([failed.message, noJson.message, well]).to.deep.equal([
      'Internal server error',
      'Internal server error',
      'well',
    ]);
    expect(problems).to.deep.equal([
      `A message audioChunk failed at ${url} (it answers 500): its client gets an error`,
      `Messages audioChunk reach ${url} again`,
    ]);
  });

  it('are an internal error when nothing listens there', async () => {
    const { url } = await program(() => ({ text: '' }));
    const [server] = servers;
    server?.close();
    const problems: string[] = [];
    const stack = await startShop({ routes: { audioChunk: url }, onRouteProblem: (line) => problems.push(line) });
    const socket = await connect(stack.webSocketUrl);

    const failed = answerOf(await ask(socket, { action: 'audioChunk' }));

    expect(failed.message).to.equal('Internal server error');
    expect(problems).to.deep.equal([`A message audioChunk failed at ${url} (ECONNREFUSED): its client gets an error`]);
  });

  it('are given on the command line', async () => {
    const { url } = await program(() => ({ text: JSON.stringify({ body: 'heard' }) }));
    const cli = join(import.meta.dirname, '../../src/cli.ts');
    const args = ['--stack', writeShop(), '--port', '0', '--json-logs', '--route', `audioChunk=${url}`];
    const child = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    const socket = new WebSocket(JSON.parse(line).webSocketUrl);
    await once(socket, 'open');

    expect(await ask(socket, { action: 'audioChunk' })).to.equal('heard');
  });

  for (const text of ['audioChunk', '=http://127.0.0.1:9000', '$default=http://127.0.0.1:9000', 'a=127.0.0.1:9000']) {
    it(`are refused as ${JSON.stringify(text)}`, () => {
      expect(() => parseRoutes([text])).to.throw(UsageError, 'such as audioChunk=http://127.0.0.1:9000, not');
    });
  }

  it('are refused twice for one action', () => {
    const twice = ['a=http://127.0.0.1:9000', 'a=http://127.0.0.1:9001'];

    expect(() => parseRoutes(twice)).to.throw(UsageError, '--route names the action a twice: keep one of them');
  });
});
