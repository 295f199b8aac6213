import { DeleteConnectionCommand, GetConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { expect } from 'chai';
import { check, section } from '../check.ts';
import { visit } from '../clients.ts';
import { world } from './connection-world.ts';

const requests = () => {
  check(
    'post',
    'POST is answered with 200 and nothing, and the client gets the text',
    { source: 'facts §6 DOC S35' },
    async () => {
      const { visitor, id, raw } = await world();
      const { status, body } = await raw('POST', `@connections/${encodeURIComponent(id)}`, 'hello');
      expect([status, body]).to.deep.equal([200, '']);
      expect(await visitor.next()).to.equal('hello');
    },
  );
  check(
    'post-sdk',
    'PostToConnection of the official client works unchanged',
    { source: 'facts §6 RUN, DOC S35' },
    async () => {
      const { visitor, post } = await world();
      expect((await post('{"type":"grüß 👋"}')).$metadata.httpStatusCode).to.equal(200);
      expect(await visitor.next()).to.equal('{"type":"grüß 👋"}');
    },
  );
  check(
    'post-text-frame',
    'What was posted comes as a text frame',
    { source: 'facts §5, §16.7', confirmed: false },
    async () => {
      const { visitor, post } = await world();
      const isBinary = new Promise((resolve) => visitor.socket.once('message', (_, binary) => resolve(binary)));
      await post(new TextEncoder().encode('bytes'));
      expect(await isBinary).to.equal(false);
    },
  );
  check(
    'post-order',
    'Posts made one after another arrive in their order',
    { source: 'facts §6', confirmed: false },
    async () => {
      const { visitor, post } = await world();
      for (const text of ['1', '2', '3']) await post(text);
      expect([await visitor.next(), await visitor.next(), await visitor.next()]).to.deep.equal(['1', '2', '3']);
    },
  );
  check(
    'post-from-handler',
    "A message's function can post to the connection that the message came from",
    { source: 'facts §14' },
    async () => {
      const visitor = await visit('main');
      const calls = [{ method: 'POST', data: 'from inside' }];
      expect(await visitor.ask({ calls })).to.equal('from inside');
      expect(JSON.parse(await visitor.next())).to.deep.equal({ calls: [{ status: 200 }] });
    },
  );
  check(
    'post-33-kb',
    'A payload between 32 KB and 128 KB is delivered',
    { source: 'facts §6, §16.9', confirmed: false },
    async () => {
      const { visitor, post } = await world();
      await post('x'.repeat(33_000));
      expect((await visitor.next()).length).to.equal(33_000);
    },
  );
  check('post-128-kb', 'A payload of 131,072 bytes is taken', { source: 'facts §6 DOC S35' }, async () => {
    const { visitor, post } = await world();
    await post('x'.repeat(131_072));
    expect((await visitor.next()).length).to.equal(131_072);
  });
  check(
    'get',
    'GET is answered with 200: connectedAt, identity and lastActiveAt',
    { source: 'facts §6 DOC S35' },
    async () => {
      const { visitor, id, raw } = await world();
      const { requestContext } = (await visitor.told('$connect')).event;
      const { status, body } = await raw('GET', `@connections/${encodeURIComponent(id)}`);
      const answer = JSON.parse(body);
      expect(status).to.equal(200);
      expect(Object.keys(answer).sort()).to.deep.equal(['connectedAt', 'identity', 'lastActiveAt']);
      expect(answer.identity).to.deep.equal(requestContext.identity);
      expect(Math.abs(Date.parse(answer.connectedAt) - requestContext.connectedAt)).to.be.below(1000);
    },
  );
  check('get-iso', 'Its times are in ISO 8601', { source: 'facts §6 DOC S35' }, async () => {
    const { id, raw } = await world();
    const { connectedAt, lastActiveAt } = JSON.parse((await raw('GET', `@connections/${id}`)).body);
    for (const time of [connectedAt, lastActiveAt]) expect(time).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
  });
  check(
    'get-sdk',
    'GetConnection of the official client works unchanged',
    { source: 'facts §6 RUN, DOC S35' },
    async () => {
      const { sdk, id } = await world();
      const { ConnectedAt, LastActiveAt, Identity } = await sdk.send(new GetConnectionCommand({ ConnectionId: id }));
      expect(ConnectedAt).to.be.instanceOf(Date);
      expect(LastActiveAt)
        .to.be.instanceOf(Date)
        .and.satisfy((at: Date) => ConnectedAt && at >= ConnectedAt);
      expect(Identity?.SourceIp).to.be.a('string');
    },
  );
  check('delete', 'DELETE is answered with 204', { source: 'facts §6 DOC S35' }, async () => {
    const { id, raw } = await world();
    const { status, body } = await raw('DELETE', `@connections/${encodeURIComponent(id)}`);
    expect([status, body]).to.deep.equal([204, '']);
  });
  check('delete-closes', 'DELETE closes the connection with 1000', { source: 'facts §6, §7 CAP S18' }, async () => {
    const { sdk, id, visitor } = await world();
    await sdk.send(new DeleteConnectionCommand({ ConnectionId: id }));
    expect((await visitor.closed).code).to.equal(1000);
  });
  check(
    'delete-reason',
    'The close frame says Connection Closed Normally, as $disconnect is told',
    { source: 'facts §2.4 CAP S18', confirmed: false },
    async () => {
      const { sdk, id, visitor } = await world();
      await sdk.send(new DeleteConnectionCommand({ ConnectionId: id }));
      expect((await visitor.closed).reason).to.equal('Connection Closed Normally');
    },
  );
  check(
    'delete-after-post',
    'A message posted before DELETE still reaches the client',
    { source: 'facts §6 CAP S18 S37' },
    async () => {
      const { sdk, id, visitor, post } = await world();
      await post('you are out');
      await sdk.send(new DeleteConnectionCommand({ ConnectionId: id }));
      expect(await visitor.next()).to.equal('you are out');
      await visitor.closed;
    },
  );
};

const paths = () => {
  for (const [id, what, write] of [
    ['plain', 'the = of the id as it is', (connectionId: string) => `@connections/${connectionId}`],
    [
      'escaped',
      'the = of the id escaped',
      (connectionId: string) => `@connections/${connectionId.replace('=', '%3D')}`,
    ],
    [
      'lowercase',
      'the = of the id escaped in lower case',
      (connectionId: string) => `@connections/${connectionId.replace('=', '%3d')}`,
    ],
    ['at', 'the @ escaped', (connectionId: string) => `%40connections/${connectionId.replace('=', '%3D')}`],
  ] as const) {
    check(`path-${id}`, `A path with ${what} is understood`, { source: 'facts §6 RUN' }, async () => {
      const { id: connectionId, raw } = await world();
      expect((await raw('GET', write(connectionId))).status).to.equal(200);
    });
  }
  check('path-method', 'Another method is refused with 403', { source: 'facts §6', confirmed: false }, async () => {
    const { id, raw } = await world();
    expect((await raw('PUT', `@connections/${id}`)).status).to.equal(403);
  });
};

export function connectionsChecks(): void {
  section('@connections: requests', requests);
  section('@connections: paths', paths);
}
