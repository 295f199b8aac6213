import { ApiGatewayManagementApi } from '@aws-sdk/client-apigatewaymanagementapi';
import { expect } from 'chai';
import { ACCOUNT_QUOTA } from '../../../src/gateway/token-bucket.ts';
import { connect, handshakeStatus } from '../../gateway/client.ts';
import { ask, startHttpStack } from '../../gateway/http/set-up.ts';
import { check, section } from '../check.ts';
import { ShiftedClock } from '../shifted-clock.ts';

const api = 'http';
const localOnly = true;

/** A connection to a stack whose account has this much left once it is open. */
async function withRequestsLeft(left: number) {
  const opened: string[] = [];
  const stack = await startHttpStack(
    {},
    {
      clock: new ShiftedClock(),
      // A refill takes days.
      requestQuota: { rateLimit: 1e-6, burstLimit: left + 1 },
      gateway: { onConnection: ({ connectionId }) => opened.push(connectionId) },
    },
  );
  const client = await connect(stack.webSocketUrl);
  const { endpoint, credentials } = stack;
  const management = new ApiGatewayManagementApi({
    endpoint: `${endpoint}/dev`,
    region: 'us-east-1',
    credentials,
    maxAttempts: 1,
  });
  return { ...stack, client, management, ConnectionId: opened[0] ?? '' };
}

const quota = () => {
  check(
    'quota-size',
    'It is 10,000 requests a second with a bucket of 5,000',
    { source: 'facts §6, §7; AWS: Amazon API Gateway quotas', api, localOnly },
    () => {
      expect(ACCOUNT_QUOTA).to.deep.equal({ rateLimit: 10_000, burstLimit: 5_000 });
    },
  );
  check(
    'quota-shared',
    'HTTP requests, messages and calls of @connections use up the same quota',
    { source: 'facts §6, §7; AWS: Amazon API Gateway quotas', api, localOnly },
    async () => {
      const { client, management, httpApiUrl, ConnectionId } = await withRequestsLeft(3);
      client.send('one');
      expect(await client.next()).to.equal('one');
      expect((await ask(httpApiUrl, '/')).status).to.equal(200);
      await management.getConnection({ ConnectionId });
      expect(await ask(httpApiUrl, '/')).to.deep.include({ status: 429, json: { message: 'Too Many Requests' } });
      client.socket.terminate();
    },
  );
  check(
    'quota-handshake',
    'Handshakes use it up, too, and are refused with 429',
    { source: 'facts §1 CAP S11; AWS: Amazon API Gateway quotas', confirmed: false, api, localOnly },
    async () => {
      const { client, webSocketUrl } = await withRequestsLeft(0);
      expect(await handshakeStatus(webSocketUrl)).to.equal(429);
      client.socket.terminate();
    },
  );
  check(
    'quota-message',
    'A message above it gets the error frame of throttled routes',
    { source: 'facts §4, §16.8', confirmed: false, api, localOnly },
    async () => {
      const { client } = await withRequestsLeft(0);
      client.send('one');
      expect(JSON.parse(await client.next()).message).to.equal('Too Many Requests');
      client.socket.terminate();
    },
  );
  check(
    'quota-management',
    'A call of @connections above it is refused with 429 LimitExceededException',
    { source: 'facts §6 DOC S35', api, localOnly },
    async () => {
      const { client, management, ConnectionId } = await withRequestsLeft(0);
      const failure = await management.postToConnection({ ConnectionId, Data: 'a' }).then(
        () => undefined,
        ({ name, $metadata }) => [name, $metadata.httpStatusCode],
      );
      expect(failure).to.deep.equal(['LimitExceededException', 429]);
      client.socket.terminate();
    },
  );
};

export function accountQuotaChecks(): void {
  section("The account's quota", quota);
}
