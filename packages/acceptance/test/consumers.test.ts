import { readFile } from 'node:fs/promises';
import { DynamoDBClient, GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { expect } from 'chai';
import { type System, startSystem } from '../src/index.ts';

const page = new URL('../../../docs/compatibility.md', import.meta.url);

/** The requests of docs/compatibility.md by the word after `json`, as they stand there. */
async function documentedRequests(): Promise<ReadonlyMap<string, string>> {
  const blocks = (await readFile(page, 'utf8')).matchAll(/^```json (\S+)\n([\s\S]*?)^```$/gm);
  return new Map([...blocks].map(([, name = '', request = '']) => [name, request]));
}

/** A system beside this one, made for the original system, that reads the tables by itself. */
describe('a consumer of the tables, as docs/compatibility.md describes it', () => {
  let system: System;
  let client: DynamoDBClient;
  let requests: ReadonlyMap<string, string>;
  beforeEach(async () => {
    requests = await documentedRequests();
    system = await startSystem();
    const { endpoint, credentials, stack } = system.stack;
    client = new DynamoDBClient({ endpoint, credentials, region: stack.region });
  });
  afterEach(async () => {
    client?.destroy();
    await system?.stop();
  });

  /** A request of the page. What it has in angle brackets is an output of the stack, or one of the values. */
  function request(name: string, values: Readonly<Record<string, string | number>>) {
    const { outputs } = system.stack.stack;
    const text = requests.get(name);
    if (text === undefined) throw new Error(`docs/compatibility.md has no request ${name}`);
    const filled = text.replaceAll(/<(\w+)>/g, (_, placeholder: string) => {
      const value = values[placeholder] ?? outputs[placeholder];
      if (value === undefined) throw new Error(`<${placeholder}> is neither a value nor an output`);
      return String(value);
    });
    return JSON.parse(filled);
  }

  async function query(name: string, values: Readonly<Record<string, string | number>>) {
    const { Items = [] } = await client.send(new QueryCommand(request(name, values)));
    return Items.map((item) => unmarshall(item));
  }

  it('finds the listeners of a session by their role, and what they hear, and nothing else', async () => {
    const { sessionId } = await system.broadcast('priscilla');
    const spanish = await system.joined(sessionId, 'es');
    const french = await system.joined(sessionId, 'fr');

    const found = await query('listeners', { sessionId });

    const withoutPlace = found.map(({ placeShard, ...rest }) => {
      expect(placeShard).to.match(/^\d+#\d+$/);
      return rest;
    });
    expect(withoutPlace).to.have.deep.members([
      { connectionId: system.connectionIdOf(spanish), sessionId, targetLanguage: 'es', role: 'listener' },
      { connectionId: system.connectionIdOf(french), sessionId, targetLanguage: 'fr', role: 'listener' },
    ]);
  });

  it('finds the listeners of one language', async () => {
    const { sessionId } = await system.broadcast('priscilla');
    const spanish = await system.joined(sessionId, 'es');
    await system.joined(sessionId, 'fr');

    const found = await query('listeners-of-language', { sessionId, targetLanguage: 'es' });

    expect(found.map(({ connectionId }) => connectionId)).to.deep.equal([system.connectionIdOf(spanish)]);
  });

  it('reads the source language and the state of a session, with both parts of the key', async () => {
    const { sessionId } = await system.broadcast('priscilla');
    const documented = request('session', { sessionId });

    const { Item = {} } = await client.send(new GetItemCommand(documented));
    const { part: _, ...byIdAlone } = documented.Key;
    const refused = await client.send(new GetItemCommand({ ...documented, Key: byIdAlone })).catch((error) => error);

    expect(unmarshall(Item)).to.include({ sessionId, sourceLanguage: 'en', state: 'active' });
    expect(refused).to.have.property('name', 'ValidationException');
  });

  it('adds up the number of listeners, which is no attribute of the session any more', async () => {
    const { sessionId } = await system.broadcast('priscilla');
    for (const language of ['es', 'es', 'fr']) await system.joined(sessionId, language);
    const { Item = {} } = await client.send(new GetItemCommand(request('session', { sessionId })));
    const { createdAt, listenerCount } = unmarshall(Item);

    const shards = await query('listener-count', { sessionId, createdAt });

    expect(listenerCount).to.equal(undefined);
    expect(shards.reduce((sum, { taken }) => sum + taken, 0)).to.equal(3);
  });

  it('has a policy with the actions of these requests, on the tables of the stack', () => {
    const { Statement } = request('policy', {});

    expect(Statement.flatMap(({ Action }: { Action: string[] }) => Action)).to.have.members([
      'dynamodb:Query',
      'dynamodb:GetItem',
    ]);
    for (const { Resource } of Statement) {
      for (const arn of Resource) expect(arn).to.match(/^arn:aws:dynamodb:us-east-1:\d{12}:table\/sessions-dev-/);
    }
  });
});
