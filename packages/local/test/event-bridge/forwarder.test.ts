import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { expect } from 'chai';
import { createEvent } from '../../src/event-bridge/event.ts';
import { createEventForwarder, type EventForwarder } from '../../src/event-bridge/forwarder.ts';
import { removeTemporaryFolders } from '../stack/set-up.ts';
import { entry, writeShopWithBus } from './set-up.ts';

const cli = join(import.meta.dirname, '../../src/cli.ts');

/** The `n`th event. */
const event = (n: number) =>
  createEvent(
    { 'detail-type': 'Counted', source: 'test', resources: [], detail: { n } },
    { account: '000000000000', region: 'us-east-1', atMs: 0 },
  );

const servers: Server[] = [];
const forwarders: EventForwarder[] = [];
const children: ChildProcess[] = [];

/** A program outside: answers with the next of these status codes, at last with 200 for ever. */
async function outside({ port = 0, statusCodes = [] as number[] } = {}) {
  const received: { contentType: string | undefined; body: Record<string, unknown> }[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  const server = createServer(async (req, res) => {
    let body = '';
    for await (const chunk of req) body += chunk;
    received.push({ contentType: req.headers['content-type'], body: JSON.parse(body) });
    res.writeHead(statusCodes.shift() ?? 200).end();
    for (const { count, resolve } of waiting) if (received.length >= count) resolve();
  });
  servers.push(server);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    url,
    received,
    numbers: () => received.map(({ body }) => (body.detail as { n: number }).n),
    /** Waits until so many requests have come. */
    requests: (count: number) =>
      new Promise<void>((resolve) => {
        if (received.length >= count) resolve();
        else waiting.push({ count, resolve });
      }),
  };
}

/** Problems come one by one. */
function startForwarder(url: string, options: Partial<Parameters<typeof createEventForwarder>[1]> = {}) {
  const problems: string[] = [];
  let told: () => void = () => {};
  const forwarder = createEventForwarder(url, {
    firstDelayMs: 1,
    ...options,
    onProblem: (line) => {
      problems.push(line);
      told();
    },
  });
  forwarders.push(forwarder);
  const untilProblem = async (count: number): Promise<void> => {
    while (problems.length < count) await new Promise<void>((resolve) => (told = resolve));
  };
  return { forwarder, problems, untilProblem };
}

/** A port where nothing listens. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('The way of events to a program outside', () => {
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await Promise.all(forwarders.splice(0).map((forwarder) => forwarder.stop()));
    for (const server of servers.splice(0)) server.close().closeAllConnections();
  });
  after(removeTemporaryFolders);

  it('posts each event as JSON, in order', async () => {
    const program = await outside();
    const { forwarder, problems } = startForwarder(program.url);
    const events = [1, 2, 3].map(event);

    for (const one of events) forwarder.forward(one);
    await program.requests(3);

    expect(program.received).to.deep.equal(events.map((body) => ({ contentType: 'application/json', body })));
    expect(problems).to.deep.equal([]);
  });

  it('sends an event again that was not taken, and keeps the order', async () => {
    const program = await outside({ statusCodes: [200, 503, 500] });
    const { forwarder, problems, untilProblem } = startForwarder(program.url);

    for (const n of [1, 2, 3]) forwarder.forward(event(n));
    await program.requests(5);
    await untilProblem(2);

    expect(program.numbers()).to.deep.equal([1, 2, 2, 2, 3]);
    expect(problems).to.deep.equal([
      `No event reaches ${program.url} (it answers 503): they wait and are sent again`,
      `Events reach ${program.url} again`,
    ]);
  });

  it('waits for a program that starts later, and warns once', async () => {
    const port = await freePort();
    const { forwarder, problems, untilProblem } = startForwarder(`http://127.0.0.1:${port}/`);

    for (const n of [1, 2]) forwarder.forward(event(n));
    await untilProblem(1);
    const program = await outside({ port });
    await untilProblem(2);
    await program.requests(2);

    expect(program.numbers()).to.deep.equal([1, 2]);
    expect(problems).to.deep.equal([
      `No event reaches ${program.url} (ECONNREFUSED): they wait and are sent again`,
      `Events reach ${program.url} again`,
    ]);
  });

  it('leaves out the oldest of too many, and tells how many', async () => {
    const port = await freePort();
    const { forwarder, problems, untilProblem } = startForwarder(`http://127.0.0.1:${port}/`, { maxWaiting: 2 });

    // The first one is under way.
    for (const n of [1, 2, 3, 4, 5]) forwarder.forward(event(n));
    await untilProblem(1);
    const program = await outside({ port });
    await untilProblem(2);
    await program.requests(3);

    expect(program.numbers()).to.deep.equal([1, 4, 5]);
    expect(problems[1]).to.equal(`Events reach ${program.url} again (left out: 2)`);
  });

  it('gives an event up in the end, and goes on with the next', async () => {
    const program = await outside({ statusCodes: [500, 200, 500, 500, 200] });
    const { forwarder, problems, untilProblem } = startForwarder(program.url, { giveUpAfterMs: 0 });

    for (const n of [1, 2, 3, 4, 5]) forwarder.forward(event(n));
    await untilProblem(4);

    expect(program.numbers()).to.deep.equal([1, 2, 3, 4, 5]);
    expect(problems).to.deep.equal([
      `No event reaches ${program.url} (it answers 500): they wait and are sent again`,
      `Events reach ${program.url} again (left out: 1)`,
      `No event reaches ${program.url} (it answers 500): they wait and are sent again`,
      `Events reach ${program.url} again (left out: 2)`,
    ]);
  });

  it('stops while an event waits for its answer', async () => {
    const server = createServer(() => {}).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    const asked = once(server, 'request');
    const { forwarder } = startForwarder(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);

    forwarder.forward(event(1));
    await asked;

    await forwarder.stop();
    await forwarder.stop();
  });

  it('is opened by --events', async () => {
    const program = await outside();
    const stackFile = writeShopWithBus({ placed: { event_pattern: { source: ['shop'] } } });
    const child = spawn(process.execPath, [cli, '--stack', stackFile, '--port', '0', '--events', program.url], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    const environment: Record<string, string> = {};
    for await (const line of createInterface({ input: child.stdout })) {
      const [, name = '', value = ''] = /^export (\w+)=(.*)$/.exec(line) ?? [];
      environment[name] = value;
      if (name === 'AWS_SESSION_TOKEN') break;
    }
    const { AWS_ENDPOINT_URL: endpoint = '', AWS_REGION: region = '' } = environment;
    const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = environment;
    const bus = new EventBridgeClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } });

    const { Entries = [] } = await bus.send(new PutEventsCommand({ Entries: [entry({ n: 1 }), entry({ n: 2 })] }));
    await program.requests(2);

    expect(program.received.map(({ body }) => [body.id, body.detail])).to.deep.equal([
      [Entries[0]?.EventId, { n: 1 }],
      [Entries[1]?.EventId, { n: 2 }],
    ]);
    child.kill('SIGINT');
    expect(await once(child, 'exit')).to.deep.equal([0, null]);
  });

  it('wants an address', async () => {
    const child = spawn(process.execPath, [cli, '--stack', 'x', '--events', 'localhost:9000'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    children.push(child);
    let stderr = '';
    child.stderr.on('data', (data) => {
      stderr += data;
    });

    expect(await once(child, 'close')).to.deep.equal([1, null]);
    expect(stderr).to.equal('--events wants an address such as http://127.0.0.1:9000, not "localhost:9000"\n');
  });
});
