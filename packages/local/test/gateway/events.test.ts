import type { OutgoingHttpHeaders } from 'node:http';
import { expect } from 'chai';
import type { ClientOptions } from 'ws';
import { requestTime } from '../../src/gateway/request-time.ts';
import { allow, type Event, ok, setUp, stopAll } from './set-up.ts';

const ID = /^[A-Za-z0-9_-]{15}=$/;
const CONTEXT_KEYS = [
  'apiId',
  'connectedAt',
  'connectionId',
  'domainName',
  'eventType',
  'extendedRequestId',
  'identity',
  'messageDirection',
  'requestId',
  'requestTime',
  'requestTimeEpoch',
  'routeKey',
  'stage',
];

describe('Gateway: events (facts, section 2)', () => {
  afterEach(stopAll);

  const routes = { $connect: ok, $disconnect: ok, hello: ok };
  const keys = (event: Event) => Object.keys(event).sort();

  it('of the authorizer have these fields', async () => {
    const { connect, eventsOf } = await setUp({ routes, authorizer: (event) => allow(event) });

    await connect('?token=a&tag=1&tag=2');

    const [event] = eventsOf('authorizer');
    expect(keys(event)).to.deep.equal([
      'headers',
      'methodArn',
      'multiValueHeaders',
      'multiValueQueryStringParameters',
      'queryStringParameters',
      'requestContext',
      'stageVariables',
      'type',
    ]);
    expect(event).to.deep.include({
      type: 'REQUEST',
      methodArn: 'arn:aws:execute-api:us-east-1:000000000000:abc123/dev/$connect',
      queryStringParameters: { token: 'a', tag: '2' },
      multiValueQueryStringParameters: { token: ['a'], tag: ['1', '2'] },
      stageVariables: {},
    });
    expect(event.headers).to.include({ Connection: 'Upgrade', Upgrade: 'websocket', 'content-length': '0' });
    expect(keys(event.requestContext)).to.deep.equal(CONTEXT_KEYS);
    expect(event.requestContext).to.include({ routeKey: '$connect', eventType: 'CONNECT', messageDirection: 'IN' });
  });

  it('of $connect have these fields, and no query keys without a query', async () => {
    const { connect, eventsOf, host } = await setUp({ routes });

    await connect('', [], { headers: { 'User-Agent': 'Test/1.0', 'X-lowerUPPER': 'a', Cookie: 'b=c' } });

    const [event] = eventsOf('$connect');
    expect(keys(event)).to.deep.equal(['headers', 'isBase64Encoded', 'multiValueHeaders', 'requestContext']);
    expect(Object.keys(event.headers).sort()).to.deep.equal([
      'Cookie',
      'Host',
      'Sec-WebSocket-Key',
      'Sec-WebSocket-Version',
      'User-Agent',
      'X-Amzn-Trace-Id',
      'X-Forwarded-For',
      'X-Forwarded-Port',
      'X-Forwarded-Proto',
      'X-lowerUPPER',
    ]);
    expect(event.headers).to.include({
      Host: host,
      'X-lowerUPPER': 'a',
      'X-Forwarded-For': '127.0.0.1',
      'X-Forwarded-Port': '443',
      'X-Forwarded-Proto': 'https',
    });
    expect(event.multiValueHeaders['X-lowerUPPER']).to.deep.equal(['a']);
    expect(event.isBase64Encoded).to.equal(false);
    expect(keys(event.requestContext)).to.deep.equal(CONTEXT_KEYS);
    expect(event.requestContext).to.deep.include({
      routeKey: '$connect',
      eventType: 'CONNECT',
      stage: 'dev',
      apiId: 'abc123',
      domainName: host,
      identity: { sourceIp: '127.0.0.1', userAgent: 'Test/1.0' },
    });
  });

  it('of $connect carry a decoded query', async () => {
    const { connect, eventsOf } = await setUp({ routes });

    await connect('?name=J%C3%BCrgen+A&empty=&__proto__=x');

    expect(eventsOf('$connect')[0].queryStringParameters.name).to.equal('Jürgen A');
    expect(eventsOf('$connect')[0].queryStringParameters.empty).to.equal('');
    expect(eventsOf('$connect')[0].multiValueQueryStringParameters.name).to.deep.equal(['Jürgen A']);
  });

  it('repeat no header twice: the last value, and all of them beside it', async () => {
    const { connect, eventsOf } = await setUp({ routes });

    const headers: OutgoingHttpHeaders = { 'X-Many': ['a', 'b'], 'X-Forwarded-For': '203.0.113.9' };
    await connect('', [], { headers } as ClientOptions);

    const [event] = eventsOf('$connect');
    expect(event.headers['X-Many']).to.equal('b');
    expect(event.multiValueHeaders['X-Many']).to.deep.equal(['a', 'b']);
    expect(event.headers['X-Forwarded-For']).to.equal('203.0.113.9, 127.0.0.1');
  });

  it('leave out a user agent that the client did not send', async () => {
    const { connect, eventsOf } = await setUp({ routes });

    await connect();

    expect(eventsOf('$connect')[0].requestContext.identity).to.deep.equal({ sourceIp: '127.0.0.1' });
  });

  it('of a message have these fields, with the body verbatim and no headers', async () => {
    const { connect, eventsOf, until } = await setUp({ routes });
    const client = await connect();

    client.send('{"action":  "hello","ü":1}');
    await until(() => eventsOf('hello').length === 1);

    const [event] = eventsOf('hello');
    expect(keys(event)).to.deep.equal(['body', 'isBase64Encoded', 'requestContext']);
    expect(event.body).to.equal('{"action":  "hello","ü":1}');
    expect(event.isBase64Encoded).to.equal(false);
    expect(keys(event.requestContext)).to.deep.equal([...CONTEXT_KEYS, 'messageId'].sort());
    expect(event.requestContext).to.include({ routeKey: 'hello', eventType: 'MESSAGE', messageDirection: 'IN' });
    expect(event.requestContext.messageId).to.match(ID);
    expect(event.requestContext.connectionId).to.equal(eventsOf('$connect')[0].requestContext.connectionId);
  });

  it('of $disconnect have these fields, with the empty headers that AWS sends', async () => {
    const { connect, eventsOf, until, host } = await setUp({ routes });
    const client = await connect('?token=1');

    client.socket.close();
    await until(() => eventsOf('$disconnect').length === 1);

    const [event] = eventsOf('$disconnect');
    expect(keys(event)).to.deep.equal(['headers', 'isBase64Encoded', 'multiValueHeaders', 'requestContext']);
    expect(event.headers).to.deep.equal({ Host: host, 'x-api-key': '', 'X-Forwarded-For': '', 'x-restapi': '' });
    expect(event.multiValueHeaders).to.deep.equal({
      Host: [host],
      'x-api-key': [''],
      'X-Forwarded-For': [''],
      'x-restapi': [''],
    });
    expect(keys(event.requestContext)).to.deep.equal(
      [...CONTEXT_KEYS, 'disconnectReason', 'disconnectStatusCode'].sort(),
    );
    expect(event.requestContext).to.include({ routeKey: '$disconnect', eventType: 'DISCONNECT' });
  });

  it('carry ids of 16 characters, the request id twice', async () => {
    const { connect, eventsOf } = await setUp({ routes });

    await connect();

    const { connectionId, requestId, extendedRequestId } = eventsOf('$connect')[0].requestContext;
    expect(connectionId).to.match(ID);
    expect(requestId).to.match(ID);
    expect(extendedRequestId).to.equal(requestId);
    expect(connectionId).to.not.equal(requestId);
  });

  it('carry times of the clock they were given', async () => {
    const nowMs = Date.UTC(2024, 1, 19, 7, 21, 46, 789);
    const { connect, eventsOf } = await setUp({
      routes,
      clock: { nowMs: () => nowMs, setTimer: () => () => undefined },
    });

    await connect();

    expect(eventsOf('$connect')[0].requestContext).to.include({
      connectedAt: 1708327306789,
      requestTimeEpoch: 1708327306789,
      requestTime: '19/Feb/2024:07:21:46 +0000',
    });
    expect(requestTime(Date.UTC(2025, 11, 1))).to.equal('01/Dec/2025:00:00:00 +0000');
  });

  it('carry the context of the authorizer as strings, from $connect to $disconnect', async () => {
    const { connect, eventsOf, until } = await setUp({
      routes,
      authorizer: (event) => allow(event, { userId: 'u1', level: 7, admin: true }),
    });
    const client = await connect();

    client.send({ action: 'hello' });
    await until(() => eventsOf('hello').length === 1);
    client.socket.close();
    await until(() => eventsOf('$disconnect').length === 1);

    for (const name of ['$connect', 'hello', '$disconnect']) {
      expect(eventsOf(name)[0].requestContext.authorizer, name).to.deep.equal({
        userId: 'u1',
        level: '7',
        admin: 'true',
        principalId: 'user-1',
      });
    }
    expect(eventsOf('authorizer')[0].requestContext).to.not.have.property('authorizer');
  });

  it('carry stage variables if the stage has any', async () => {
    const { connect, eventsOf } = await setUp({ routes, stage: { variables: { tier: 'gold' } } });

    await connect();

    expect(eventsOf('$connect')[0].stageVariables).to.deep.equal({ tier: 'gold' });
  });
});
