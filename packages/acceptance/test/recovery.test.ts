import { createPublisher } from '@sessions/backend';
import type { ServerMessageOf } from '@sessions/core/protocol';
import { expect } from 'chai';
import { type Client, type System, startSystem } from '../src/index.ts';

const ENDPOINT = 'AWS_ENDPOINT_URL_LAMBDA';

/**
 * What each request that says `since` brings, message by message: the SDK asks only when it must. With that, and what
 * ends a session that has messages, every permission on the log is used.
 */
describe('what a client has missed', () => {
  const endpoint = process.env[ENDPOINT];
  let system: System;
  let sessionId: string;
  let speaker: Client;
  let epoch: number;
  beforeEach(async () => {
    system = await startSystem({ rate_limit_publish_per_min: '3', rate_limit_refusals_per_min: '3' });
    process.env[ENDPOINT] = system.stack.endpoint;
    const broadcast = await system.broadcast('priscilla');
    ({ sessionId, speaker } = broadcast);
    ({ epoch } = broadcast.created);
  });
  afterEach(async () => {
    if (endpoint === undefined) delete process.env[ENDPOINT];
    else process.env[ENDPOINT] = endpoint;
    await system?.stop();
  });

  const publish = async (...messages: (readonly [to: string, data: unknown])[]) => {
    const { stack, credentials } = system.stack;
    const functionName = String(stack.outputs.publisher_function_name);
    const publisher = createPublisher({ functionName, region: stack.region, credentials });
    for (const [to, data] of messages) await publisher.publish({ sessionId, to, data });
  };
  /** The next messages of a client, as `[channel, offset, data]`, by channel: between channels there is no order. */
  const next = async (client: Client, count: number) => {
    const messages: ServerMessageOf<'message'>[] = [];
    while (messages.length < count) messages.push(await client.next('message'));
    return messages
      .map(({ channel, offset, data }) => [channel, offset, data])
      .sort(([a], [b]) => String(a).localeCompare(String(b)));
  };
  const join = async (fields: object) => {
    const client = await system.listener();
    const joined = await client.ask('sessionJoined', {
      action: 'joinSession',
      sessionId,
      targetLanguage: 'es',
      ...fields,
    });
    return { client, joined };
  };

  it('comes to one who joins again, after what it has', async () => {
    await publish(['es', 'uno'], ['es', 'dos'], ['all', 'a bell'], ['es', 'tres']);

    const { client, joined } = await join({ epoch, since: { es: 1, all: 0 } });

    expect(joined).to.deep.include({ epoch, positions: { es: 3, all: 1 }, recovered: true });
    expect(await next(client, 3)).to.deep.equal([
      ['all', 1, 'a bell'],
      ['es', 2, 'dos'],
      ['es', 3, 'tres'],
    ]);
  });

  it('comes to a newcomer who asks for the last ones', async () => {
    await publish(['es', 'uno'], ['es', 'dos'], ['es', 'tres']);

    const { client, joined } = await join({ rewind: 2 });

    expect(joined).to.deep.include({ positions: { es: 3, all: 0 }, recovered: true });
    expect(await next(client, 2)).to.deep.equal([
      ['es', 2, 'dos'],
      ['es', 3, 'tres'],
    ]);
  });

  it('comes on the new connection of one who refreshes', async () => {
    const { client: old, joined } = await join({});
    await publish(['es', 'uno'], ['es', 'dos']);
    await next(old, 2);
    const client = await system.listener();

    const refreshed = await client.ask('connectionRefreshComplete', {
      action: 'refreshConnection',
      sessionId,
      role: 'listener',
      previousConnectionId: joined.connectionId,
      epoch,
      since: { es: 1, all: 0 },
    });

    expect(refreshed).to.deep.include({ epoch, positions: { es: 2, all: 0 }, recovered: true });
    expect(await next(client, 1)).to.deep.equal([['es', 2, 'dos']]);
  });

  it('comes to whom asks for it, the speaker as well', async () => {
    const { client } = await join({});
    await publish(['es', 'uno'], ['speaker', 'louder']);
    await Promise.all([next(client, 1), next(speaker, 1)]);

    const recovery = await client.ask('recovery', { action: 'recover', epoch, since: { es: 0 } });
    const speakers = await speaker.ask('recovery', { action: 'recover', epoch, since: { speaker: 0 } });

    expect(recovery).to.deep.include({ epoch, positions: { es: 1, all: 0 }, recovered: true });
    expect(speakers).to.deep.include({ epoch, positions: { speaker: 1, all: 0 }, recovered: true });
    expect(await next(client, 1)).to.deep.equal([['es', 1, 'uno']]);
    expect(await next(speaker, 1)).to.deep.equal([['speaker', 1, 'louder']]);
  });

  it('is gone with the session: what was published is deleted when it has ended', async () => {
    const { client } = await join({});
    await publish(['es', 'uno'], ['all', 'a bell']);
    expect(await system.logSize()).to.equal(4); // two messages, and the head of each channel

    await speaker.ask('sessionEnded', { action: 'endSession' });

    await client.next('sessionEnded');
    await system.until(async () => (await system.logSize()) === 0);
  });

  it('is not what a speaker publishes too often, who loses the connection if that goes on', async () => {
    const { client } = await join({});
    const announce = (data: number) => speaker.request({ action: 'publish', to: 'es', data });

    const receipts = [await announce(1), await announce(2), await announce(3)];
    for (const refused of [4, 5]) expect(await announce(refused)).to.include({ code: 'RATE_LIMIT_EXCEEDED' });
    speaker.sendText(JSON.stringify({ action: 'publish', to: 'es', data: 6 }));

    expect(receipts.map(({ type }) => type)).to.deep.equal(Array(3).fill('messagePublished'));
    await speaker.closed;
    expect(await next(client, 3)).to.deep.equal([1, 2, 3].map((offset) => ['es', offset, offset]));
    await client.next('sessionInterrupted');
  });
});
