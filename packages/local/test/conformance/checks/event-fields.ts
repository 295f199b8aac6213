import { expect } from 'chai';
import { section } from '../check.ts';
import type { Capture } from './capture.ts';
import { CLF, hold, ID } from './hold.ts';

const all = ({ authorizer, connect, message, byDefault, disconnect }: Capture) => [
  authorizer,
  connect,
  message,
  byDefault,
  disconnect,
];

const fields = () => {
  hold(
    'connection-id',
    'connectionId is 16 characters of base64url with = at the end',
    'facts §2.5 CAP',
    ({ connect }) => {
      expect(connect.requestContext.connectionId).to.match(ID);
    },
  );
  hold(
    'connection-id-same',
    "connectionId is the same in every event, the authorizer's too",
    'facts §2.1 DOC S4',
    (captured) => {
      expect(new Set(all(captured).map((event) => event.requestContext.connectionId)).size).to.equal(1);
    },
  );
  hold(
    'request-id',
    'requestId has the same form, and equals extendedRequestId',
    'facts §2.5 CAP, DOC S20',
    (captured) => {
      for (const { requestContext } of all(captured)) {
        expect(requestContext.requestId).to.match(ID).and.equal(requestContext.extendedRequestId);
      }
    },
  );
  hold(
    'request-id-handshake',
    'The authorizer and $connect get the same requestId',
    'facts §2.5',
    ({ authorizer, connect }) => {
      expect(authorizer.requestContext.requestId).to.equal(connect.requestContext.requestId);
    },
    false,
  );
  hold(
    'request-id-new',
    'requestId is new with each message and with $disconnect',
    'facts §2.5 CAP',
    ({ connect, message, byDefault, disconnect }) => {
      const ids = [connect, message, byDefault, disconnect].map((event) => event.requestContext.requestId);
      expect(new Set(ids).size).to.equal(4);
    },
  );
  hold(
    'request-time',
    'requestTime is in the Common Log Format, and the same time as requestTimeEpoch',
    'facts §2.5 CAP',
    (captured) => {
      for (const { requestContext } of all(captured)) {
        expect(requestContext.requestTime).to.match(CLF);
        const [date, ...time] = requestContext.requestTime.split(':');
        const stated = Date.parse(`${date.replaceAll('/', ' ')} ${time.join(':')}`);
        expect(stated).to.equal(Math.floor(requestContext.requestTimeEpoch / 1000) * 1000);
      }
    },
  );
  hold(
    'connected-at',
    'connectedAt is a number of milliseconds, the same in every event',
    'facts §2.5 CAP',
    (captured) => {
      const times = new Set(all(captured).map((event) => event.requestContext.connectedAt));
      expect(times.size).to.equal(1);
      const [connectedAt] = times;
      expect(connectedAt).to.be.a('number').and.satisfy(Number.isInteger);
      // Clocks differ when the API is elsewhere.
      expect(connectedAt).to.be.within(captured.beganAtMs - 60_000, captured.endedAtMs + 60_000);
    },
  );
  hold(
    'request-time-epoch',
    'requestTimeEpoch is a number of milliseconds, not before connectedAt',
    'facts §2.2, §2.5 CAP S15 S16',
    (captured) => {
      for (const { requestContext } of all(captured)) {
        expect(requestContext.requestTimeEpoch).to.satisfy(Number.isInteger).and.at.least(requestContext.connectedAt);
      }
    },
  );
  hold(
    'identity',
    "identity has the client's address and User-Agent in every event",
    'facts §2.5 CAP S15 S17',
    (captured) => {
      for (const { requestContext } of all(captured)) {
        expect(Object.keys(requestContext.identity).sort()).to.deep.equal(['sourceIp', 'userAgent']);
        expect(requestContext.identity.sourceIp).to.match(/^[\da-f.:]+$/);
        expect(requestContext.identity.userAgent).to.equal(captured.userAgent);
      }
    },
  );
  hold('domain-name', 'domainName is the host that the client used', 'facts §2.5 CAP S15', (captured) => {
    for (const { requestContext } of all(captured)) expect(requestContext.domainName).to.equal(captured.host);
  });
  hold('stage-and-api', 'stage and apiId are the same in every event', 'facts §2.1 DOC S4', (captured) => {
    for (const { requestContext } of all(captured)) {
      expect(requestContext.stage).to.equal('check');
      expect(requestContext.apiId).to.match(/^[a-z0-9]{10}$/);
    }
    expect(new Set(all(captured).map((event) => event.requestContext.apiId)).size).to.equal(1);
  });
  hold('not-2-0', 'No event is one of payload format 2.0', 'facts §2', (captured) => {
    for (const event of all(captured)) {
      expect(event).not.to.have.any.keys('version', 'rawPath', 'routeKey', 'pathParameters');
    }
  });
  hold(
    'context-members',
    "The authorizer's context and principalId are in the events of $connect, messages and $disconnect",
    'facts §3 CAP S18, COMM S19',
    ({ connect, message, byDefault, disconnect }) => {
      for (const { requestContext } of [connect, message, byDefault, disconnect]) {
        expect(requestContext.authorizer).to.include({ name: 'ada', principalId: 'user-1' });
      }
    },
  );
  hold(
    'context-number',
    'A number in the context arrives as a string',
    'facts §3, §16.6',
    ({ message }) => {
      expect(message.requestContext.authorizer.count).to.equal('7');
    },
    false,
  );
  hold(
    'context-boolean',
    'A boolean in the context arrives as a string',
    'facts §3, §16.6',
    ({ message }) => {
      expect(message.requestContext.authorizer.premium).to.equal('true');
    },
    false,
  );
};

export function eventFieldChecks(): void {
  section('Events: fields', fields);
}
