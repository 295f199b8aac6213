import { expect } from 'chai';
import { check, section } from '../check.ts';
import { handshake } from '../clients.ts';
import { hold, requestContextKeys } from './hold.ts';

const authorizerEvent = () => {
  hold(
    'authorizer-keys',
    "The authorizer's event has exactly the documented keys",
    'facts §2.1 DOC S4',
    ({ authorizer }) => {
      expect(Object.keys(authorizer).sort()).to.deep.equal([
        'headers',
        'methodArn',
        'multiValueHeaders',
        'multiValueQueryStringParameters',
        'queryStringParameters',
        'requestContext',
        'stageVariables',
        'type',
      ]);
    },
  );
  hold('authorizer-type', 'Its type is REQUEST', 'facts §2.1 DOC S4', ({ authorizer }) => {
    expect(authorizer.type).to.equal('REQUEST');
  });
  hold(
    'authorizer-method-arn',
    'Its methodArn names region, account, API, stage and $connect',
    'facts §2.1 DOC S4',
    ({ authorizer }) => {
      const { apiId, stage } = authorizer.requestContext;
      expect(authorizer.methodArn).to.match(/^arn:aws:execute-api:[a-z0-9-]+:\d{12}:/);
      expect(authorizer.methodArn.split(':')[5]).to.equal(`${apiId}/${stage}/$connect`);
    },
  );
  hold(
    'authorizer-context-keys',
    'Its requestContext has exactly the documented keys',
    'facts §2.1 DOC S4',
    ({ authorizer }) => {
      expect(Object.keys(authorizer.requestContext).sort()).to.deep.equal(requestContextKeys);
    },
  );
  hold(
    'authorizer-route',
    'It says routeKey $connect, eventType CONNECT, messageDirection IN',
    'facts §2.1 DOC S4',
    ({ authorizer }) => {
      const expected = { routeKey: '$connect', eventType: 'CONNECT', messageDirection: 'IN' };
      expect(authorizer.requestContext).to.include(expected);
    },
  );
  hold(
    'authorizer-hop-headers',
    'Its headers include Connection, Upgrade and content-length',
    'facts §2.1 DOC S4',
    ({ authorizer }) => {
      expect(authorizer.headers).to.include.all.keys('Connection', 'Upgrade', 'content-length');
    },
  );
  hold(
    'authorizer-added-headers',
    'Its headers include Host, the WebSocket ones and those that API Gateway adds',
    'facts §2.1 DOC S4',
    ({ authorizer }) => {
      expect(authorizer.headers).to.include.all.keys(
        'Host',
        'Sec-WebSocket-Key',
        'Sec-WebSocket-Version',
        'X-Amzn-Trace-Id',
        'X-Forwarded-For',
        'X-Forwarded-Port',
        'X-Forwarded-Proto',
      );
      expect(authorizer.headers).to.include({ 'X-Forwarded-Proto': 'https', 'X-Forwarded-Port': '443' });
    },
  );
  hold(
    'authorizer-query',
    'Its query parameters are decoded; of a repeated one the last counts',
    'facts §2.1 DOC S4',
    ({ authorizer }) => {
      expect(authorizer.queryStringParameters).to.include({ colour: 'deep blue', empty: '' });
      expect(authorizer.multiValueQueryStringParameters.colour).to.deep.equal(['red', 'deep blue']);
    },
  );
  hold(
    'authorizer-variables-empty',
    'Its stageVariables are an empty object when there are none',
    'facts §2.1 DOC S4',
    ({ authorizer }) => {
      expect(authorizer.stageVariables).to.deep.equal({});
    },
  );
  check(
    'authorizer-variables',
    "Its stageVariables are the stage's",
    { source: 'facts §2.1 DOC S4', api: 'mixed' },
    async () => {
      const { told } = await handshake('mixed');
      expect((await told('authorizer')).event.stageVariables).to.deep.equal({ colour: 'blue' });
    },
  );
  check(
    'authorizer-query-empty',
    'Without a query its parameters are empty objects',
    { source: 'facts §2.1 DOC S4', confirmed: false },
    async () => {
      const { event } = await (await handshake('main')).told('authorizer');
      expect([event.queryStringParameters, event.multiValueQueryStringParameters]).to.deep.equal([{}, {}]);
    },
  );
};

const connectEvent = () => {
  hold(
    'connect-keys',
    'The event of $connect has exactly the captured keys, with a query',
    'facts §2.2 CAP S15 S16',
    ({ connect }) => {
      expect(Object.keys(connect).sort()).to.deep.equal([
        'headers',
        'isBase64Encoded',
        'multiValueHeaders',
        'multiValueQueryStringParameters',
        'queryStringParameters',
        'requestContext',
      ]);
    },
  );
  check(
    'connect-keys-no-query',
    'Without a query both keys of the query are missing, not null',
    { source: 'facts §2.2 CAP S15 S16' },
    async () => {
      const { event } = await (await handshake('main')).told('$connect');
      expect(Object.keys(event).sort()).to.deep.equal([
        'headers',
        'isBase64Encoded',
        'multiValueHeaders',
        'requestContext',
      ]);
    },
  );
  hold(
    'connect-context-keys',
    'Its requestContext adds authorizer, and has no messageId',
    'facts §2.2 CAP S15 S16',
    ({ connect }) => {
      expect(Object.keys(connect.requestContext).sort()).to.deep.equal([...requestContextKeys, 'authorizer'].sort());
    },
  );
  hold(
    'connect-route',
    'It says routeKey $connect, eventType CONNECT, messageDirection IN',
    'facts §2.2 CAP S15 S16',
    ({ connect }) => {
      const expected = { routeKey: '$connect', eventType: 'CONNECT', messageDirection: 'IN' };
      expect(connect.requestContext).to.include(expected);
    },
  );
  hold(
    'connect-no-hop-headers',
    'Its headers lack Connection, Upgrade and content-length',
    'facts §2.2 CAP S15 S16',
    ({ connect }) => {
      const names = Object.keys(connect.headers).map((name) => name.toLowerCase());
      expect(names.filter((name) => ['connection', 'upgrade', 'content-length'].includes(name))).to.deep.equal([]);
      expect(Object.keys(connect.multiValueHeaders).sort()).to.deep.equal(Object.keys(connect.headers).sort());
    },
  );
  hold(
    'connect-headers',
    "Its headers are the client's, in the client's own case",
    'facts §1 DOC S9, §2.2 CAP S15 S16',
    ({ connect, host, userAgent }) => {
      expect(connect.headers).to.include({ Host: host, 'X-Custom-Header': 'Value', 'User-Agent': userAgent });
      expect(connect.multiValueHeaders['X-Custom-Header']).to.deep.equal(['Value']);
    },
  );
  hold('connect-base64', 'isBase64Encoded is false', 'facts §2.2 CAP S15 S16', ({ connect }) => {
    expect(connect.isBase64Encoded).to.equal(false);
  });
  hold(
    'connect-query',
    'Its query parameters are decoded; of a repeated one the last counts',
    'facts §2.2 CAP S15 S16',
    ({ connect }) => {
      expect(connect.queryStringParameters).to.include({ colour: 'deep blue', empty: '' });
      expect(connect.multiValueQueryStringParameters.colour).to.deep.equal(['red', 'deep blue']);
    },
  );
  check(
    'connect-repeated-header',
    'A repeated header has all its values in multiValueHeaders',
    { source: 'facts §2.2 CAP S15 S16', confirmed: false },
    async () => {
      const headers = { 'X-Many': ['one', 'two'] } as unknown as Record<string, string>;
      const { event } = await (await handshake('main', { headers })).told('$connect');
      expect(event.multiValueHeaders['X-Many']).to.deep.equal(['one', 'two']);
      expect(event.headers['X-Many']).to.equal('two');
    },
  );
  hold(
    'connect-no-variables',
    'Without stage variables there is no such key',
    'facts §2.2',
    ({ connect }) => {
      expect(connect).not.to.have.property('stageVariables');
    },
    false,
  );
  check(
    'connect-variables',
    "The stage's variables are in the event",
    { source: 'facts §2.2', confirmed: false, api: 'mixed' },
    async () => {
      const { told } = await handshake('mixed');
      expect((await told('$connect')).event.stageVariables).to.deep.equal({ colour: 'blue' });
    },
  );
};

export function handshakeEventChecks(): void {
  section('Events: of the authorizer', authorizerEvent);
  section('Events: of $connect', connectEvent);
}
