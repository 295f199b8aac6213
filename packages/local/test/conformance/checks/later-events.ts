import { expect } from 'chai';
import { check, section } from '../check.ts';
import { visit } from '../clients.ts';
import { BODY } from './capture.ts';
import { hold, ID, requestContextKeys } from './hold.ts';

const messageEvent = () => {
  hold(
    'message-keys',
    'The event of a message has requestContext, body and isBase64Encoded, and nothing else',
    'facts §2.3 CAP S17',
    ({ message }) => {
      expect(Object.keys(message).sort()).to.deep.equal(['body', 'isBase64Encoded', 'requestContext']);
    },
  );
  hold(
    'message-context-keys',
    'Its requestContext adds messageId and authorizer',
    'facts §2.3 CAP S17, COMM S19',
    ({ message }) => {
      expect(Object.keys(message.requestContext).sort()).to.deep.equal(
        [...requestContextKeys, 'authorizer', 'messageId'].sort(),
      );
    },
  );
  hold('message-body', 'Its body is the text of the message, verbatim', 'facts §2.3 CAP S17', ({ message }) => {
    expect(message.body).to.equal(BODY);
  });
  hold('message-base64', 'isBase64Encoded is false', 'facts §2.3 CAP S17', ({ message }) => {
    expect(message.isBase64Encoded).to.equal(false);
  });
  hold(
    'message-route',
    "It says its route's key, eventType MESSAGE, messageDirection IN",
    'facts §2.3 CAP S17',
    ({ message }) => {
      expect(message.requestContext).to.include({ routeKey: 'echo', eventType: 'MESSAGE', messageDirection: 'IN' });
    },
  );
  hold('message-default', 'A message for $default says routeKey $default', 'facts §2.3 CAP S17', ({ byDefault }) => {
    expect(byDefault.requestContext).to.include({ routeKey: '$default', eventType: 'MESSAGE' });
    expect(byDefault.body).to.equal('no JSON');
  });
  hold(
    'message-id',
    'Its messageId has the form of an id, and is new with each message',
    'facts §2.5 CAP S17',
    ({ message, byDefault }) => {
      expect(message.requestContext.messageId).to.match(ID);
      expect(byDefault.requestContext.messageId).to.match(ID).and.not.equal(message.requestContext.messageId);
    },
  );
  check(
    'message-no-authorizer',
    'Without an authorizer requestContext has no authorizer',
    { source: 'facts §2.3 CAP S17', api: 'bare' },
    async () => {
      const visitor = await visit('bare', { userAgent: null });
      expect(JSON.parse(await visitor.ask()).requestContext).not.to.have.property('authorizer');
    },
  );
  check(
    'message-no-user-agent',
    'identity has no userAgent when the client sent none',
    { source: 'facts §2.5 CAP S16', api: 'bare' },
    async () => {
      const visitor = await visit('bare', { userAgent: null });
      expect(Object.keys(JSON.parse(await visitor.ask()).requestContext.identity)).to.deep.equal(['sourceIp']);
    },
  );
};

const disconnectEvent = () => {
  hold(
    'disconnect-keys',
    'The event of $disconnect has exactly the captured keys',
    'facts §2.4 CAP S15 S16 S17',
    ({ disconnect }) => {
      expect(Object.keys(disconnect).sort()).to.deep.equal([
        'headers',
        'isBase64Encoded',
        'multiValueHeaders',
        'requestContext',
      ]);
    },
  );
  hold(
    'disconnect-headers',
    'Its headers are Host, and three empty ones',
    'facts §2.4 CAP S15 S16 S17',
    ({ disconnect, host }) => {
      expect(disconnect.headers).to.deep.equal({ Host: host, 'x-api-key': '', 'X-Forwarded-For': '', 'x-restapi': '' });
    },
  );
  hold(
    'disconnect-multi-headers',
    'Its multiValueHeaders are the same, as lists',
    'facts §2.4 CAP S15 S16 S17',
    ({ disconnect, host }) => {
      const empty = { 'x-api-key': [''], 'X-Forwarded-For': [''], 'x-restapi': [''] };
      expect(disconnect.multiValueHeaders).to.deep.equal({ Host: [host], ...empty });
    },
  );
  hold(
    'disconnect-context-keys',
    'Its requestContext adds status, reason and authorizer, and has no messageId',
    'facts §2.4 CAP S15 S16 S17 S18',
    ({ disconnect }) => {
      const added = ['authorizer', 'disconnectReason', 'disconnectStatusCode'];
      expect(Object.keys(disconnect.requestContext).sort()).to.deep.equal([...requestContextKeys, ...added].sort());
    },
  );
  hold(
    'disconnect-route',
    'It says routeKey $disconnect, eventType DISCONNECT, messageDirection IN',
    'facts §2.4 CAP S15 S16 S17',
    ({ disconnect }) => {
      const expected = { routeKey: '$disconnect', eventType: 'DISCONNECT', messageDirection: 'IN' };
      expect(disconnect.requestContext).to.include(expected);
    },
  );
  hold('disconnect-base64', 'isBase64Encoded is false', 'facts §2.4 CAP S15 S16 S17', ({ disconnect }) => {
    expect(disconnect.isBase64Encoded).to.equal(false);
  });
};

export function laterEventChecks(): void {
  section('Events: of messages', messageEvent);
  section('Events: of $disconnect', disconnectEvent);
}
