import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { expect } from 'chai';
import type { FeedEvent, LocalStack, LocalStackOptions, StackState } from '../../src/index.ts';
import { busClient, entry, writeShopWithBus } from '../event-bridge/set-up.ts';
import { ask, connect, startShop, stopAll } from '../local-stack/set-up.ts';
import { removeTemporaryFolders, temporaryFolder } from '../stack/set-up.ts';

async function startWithPage(options: Partial<LocalStackOptions> = {}): Promise<LocalStack> {
  const pageFolder = temporaryFolder();
  writeFileSync(join(pageFolder, 'index.html'), '<h1>the page</h1>');
  return startShop({ pageFolder, ...options });
}

async function post(url: string, fields: unknown): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(fields) });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** A status, asked with headers that `fetch` does not let one set. */
function statusWith(endpoint: string, path: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(endpoint);
    const asked = request(
      { hostname, port, path, headers: { host: `${hostname}:${port}`, ...headers } },
      (response) => {
        response.destroy();
        resolve(response.statusCode);
      },
    );
    asked.once('error', reject).end();
  });
}

const abort: AbortController[] = [];

/** Reads the event stream until `isEnough` of all events so far. */
async function readEvents(endpoint: string, isEnough: (events: FeedEvent[]) => boolean): Promise<FeedEvent[]> {
  const controller = new AbortController();
  abort.push(controller);
  const { body } = await fetch(`${endpoint}/_local/events`, { signal: controller.signal });
  if (!body) throw new Error('no stream');
  const events: FeedEvent[] = [];
  let text = '';
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) events.push(...(JSON.parse(block.slice('data: '.length)) as FeedEvent[]));
    if (isEnough(events)) return events;
  }
  return events;
}

describe('The page of a local stack', () => {
  afterEach(async () => {
    for (const controller of abort.splice(0)) controller.abort();
    await stopAll();
  });
  after(removeTemporaryFolders);

  it('shows the events of the buses', async () => {
    const stackFile = writeShopWithBus({ placed: { event_pattern: { source: ['shop'] } } });
    const stack = await startWithPage({ stackFile });

    const { Entries = [] } = await busClient(stack).send(new PutEventsCommand({ Entries: [entry({ order: 1 })] }));

    const events = await readEvents(stack.endpoint, (all) => all.some(({ type }) => type === 'event'));
    const shown = events.find((event) => event.type === 'event');
    expect(shown).to.deep.include({ busName: 'shop-events', rules: ['placed'] });
    expect(shown?.event).to.deep.include({ id: Entries[0]?.EventId, source: 'shop', detail: { order: 1 } });
  });

  it('is served at /, beside the API', async () => {
    const { endpoint, webSocketUrl } = await startWithPage();

    expect(await (await fetch(`${endpoint}/?session=x`)).text()).to.equal('<h1>the page</h1>');
    expect((await fetch(`${endpoint}/nothing.js`)).status).to.equal(404);
    expect((await fetch(`${endpoint}/..%2f..%2fpackage.json`)).status).to.equal(404);
    expect(await ask(await connect(webSocketUrl), { action: 'buy', env: 'TABLE' })).to.equal('shop-orders');
  });

  it('is not there unless asked for', async () => {
    const { endpoint } = await startShop();

    expect((await fetch(`${endpoint}/`)).status).to.equal(403);
    expect((await fetch(`${endpoint}/_local/state`)).status).to.equal(403);
  });

  it('tells what has happened and what happens: connections, messages, functions, calls of AWS', async () => {
    const { endpoint, webSocketUrl } = await startWithPage();
    const socket = await connect(webSocketUrl);
    const call = { operation: 'PutItem', input: { TableName: 'shop-orders', Item: { orderId: { S: '1' } } } };
    await ask(socket, { action: 'buy', call });

    const types = new Set<string>();
    const events = await readEvents(endpoint, (all) => {
      for (const { type } of all) types.add(type);
      if (types.has('message') && !types.has('disconnected')) socket.close();
      return types.has('disconnected');
    });

    const find = <T extends FeedEvent['type']>(type: T) =>
      events.find((event): event is Extract<FeedEvent, { type: T }> => event.type === type);
    expect(find('message')).to.deep.include({ type: 'message', routeKey: 'buy' });
    expect(find('message')?.durationMs).to.be.at.least(0);
    expect(find('connected')?.connectionId).to.equal(find('message')?.connectionId);
    expect(find('invocation')).to.deep.include({ functionName: 'shop-buy', outcome: 'returned', coldStart: true });
    expect(find('awsCall')).to.deep.include({ service: 'dynamodb', operation: 'PutItem', functionName: 'shop-buy' });
    expect(find('disconnected')).to.deep.include({ connectionId: find('connected')?.connectionId });
  });

  it('leaves the observers that are there', async () => {
    const seen: string[] = [];
    const { webSocketUrl } = await startWithPage({
      onInvocation: ({ functionName }) => seen.push(functionName),
      gateway: { onConnection: ({ stage }) => seen.push(stage) },
    });
    await ask(await connect(webSocketUrl), { action: 'buy', env: 'TABLE' });

    expect(seen).to.include.members(['dev', 'shop-buy']);
  });

  it('shows connections, tables and their items', async () => {
    const { endpoint, webSocketUrl, gateway } = await startWithPage();
    const socket = await connect(webSocketUrl);
    const call = { operation: 'PutItem', input: { TableName: 'shop-orders', Item: { orderId: { S: '7' } } } };
    await ask(socket, { action: 'buy', call });

    const state = (await (await fetch(`${endpoint}/_local/state`)).json()) as StackState;
    const { items } = (await (await fetch(`${endpoint}/_local/tables/shop-orders`)).json()) as { items: unknown[] };

    expect(state.webSocketUrl).to.equal(webSocketUrl);
    expect(state.connections.map(({ connectionId }) => connectionId)).to.deep.equal(
      gateway.connections().map(({ connectionId }) => connectionId),
    );
    expect(state.tables).to.include('shop-orders');
    expect(state.clock.scale).to.equal(1);
    expect(items).to.deep.equal([{ orderId: { S: '7' } }]);
    expect((await fetch(`${endpoint}/_local/tables/none`)).status).to.equal(404);
  });

  it('cuts a connection', async () => {
    const { endpoint, webSocketUrl } = await startWithPage();
    const socket = await connect(webSocketUrl);
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));

    const { status } = await post(`${endpoint}/_local/controls/cut`, {});

    expect(status).to.equal(200);
    expect(await closed).to.equal(1006);
    expect(await post(`${endpoint}/_local/controls/cut`, {})).to.deep.equal({
      status: 400,
      body: { message: 'there is no open connection to cut' },
    });
  });

  it('sets faults, for a time or until they are ended, and compresses time', async () => {
    const { endpoint, faults, clock } = await startWithPage();
    const control = (name: string, fields: unknown) => post(`${endpoint}/_local/controls/${name}`, fields);
    const plan = { rules: [{ disconnect: {}, do: 'lose', times: 1 }] };

    expect((await control('faults', { plan, forSeconds: 60 })).body).to.deep.equal({ rules: 1 });
    expect(faults.plan).to.deep.equal(plan);
    expect((await control('faults', { plan: null })).body).to.deep.equal({ rules: 0 });
    expect((await control('clock', { scale: 60, advanceSeconds: 3600 })).body.scale).to.equal(60);
    expect(clock.scale).to.equal(60);
  });

  it('says what is wrong with a request', async () => {
    const { endpoint } = await startWithPage();
    const control = (name: string, fields: unknown) => post(`${endpoint}/_local/controls/${name}`, fields);

    expect(await control('clock', { scale: 0 })).to.deep.equal({
      status: 400,
      body: { message: 'scale must be a number from 0.001 to 3600' },
    });
    expect((await control('clock', { speed: 2 })).body.message).to.equal(
      'unknown field speed: use scale, advanceSeconds',
    );
    expect((await control('faults', { plan: { rules: [{ do: 'explode' }] } })).status).to.equal(400);
    expect((await control('faults', [])).body.message).to.equal('the body must be a JSON object');
    expect((await control('nothing', {})).status).to.equal(404);
    expect((await control('constructor', {})).status).to.equal(404);
  });

  it('answers no other page', async () => {
    const { endpoint } = await startWithPage();
    const { host } = new URL(endpoint);

    expect(await statusWith(endpoint, '/_local/state', {})).to.equal(200);
    expect(await statusWith(endpoint, '/_local/state', { origin: `http://${host}` })).to.equal(200);
    expect(await statusWith(endpoint, '/_local/state', { origin: 'https://example.com' })).to.equal(403);
    expect(await statusWith(endpoint, '/_local/state', { host: 'example.com' })).to.equal(403);
  });
});
