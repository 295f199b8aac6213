import {
  type ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  ForbiddenException,
  GetConnectionCommand,
  GoneException,
  LimitExceededException,
  PayloadTooLargeException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { expect } from 'chai';
import { check, section } from '../check.ts';
import { managementClient, send, visit } from '../clients.ts';
import { targetOf } from '../targets.ts';
import { failureOf, NOBODY, type SdkError, world } from './connection-world.ts';

const errors = () => {
  const gone = async (sdk: ApiGatewayManagementApiClient, ConnectionId: string) => {
    for (const command of [
      new PostToConnectionCommand({ ConnectionId, Data: 'x' }),
      new GetConnectionCommand({ ConnectionId }),
      new DeleteConnectionCommand({ ConnectionId }),
    ]) {
      // The union of the three has no common signature.
      const error = await failureOf(sdk.send(command as PostToConnectionCommand));
      expect(error).to.be.instanceOf(GoneException);
      expect(error?.$metadata.httpStatusCode).to.equal(410);
    }
  };
  check(
    'gone-unknown',
    'A connection that never was: 410 GoneException, for all three',
    { source: 'facts §6 DOC S35' },
    async () => {
      await gone((await world()).sdk, NOBODY);
    },
  );
  check(
    'gone-closed',
    'A connection that the client closed: 410 GoneException',
    { source: 'facts §6 DOC S35' },
    async () => {
      const { sdk, id, visitor } = await world();
      visitor.socket.close();
      await visitor.told('$disconnect');
      await gone(sdk, id);
    },
  );
  check(
    'gone-deleted',
    'A connection that was deleted: 410 GoneException, at once',
    { source: 'facts §6 DOC S35' },
    async () => {
      const { sdk, id } = await world();
      await sdk.send(new DeleteConnectionCommand({ ConnectionId: id }));
      await gone(sdk, id);
    },
  );
  check(
    'gone-malformed',
    'An id of another form: 410 GoneException',
    { source: 'facts §6, §16.9', confirmed: false },
    async () => {
      await gone((await world()).sdk, 'x');
    },
  );
  check(
    'gone-connecting',
    'A connection whose $connect still runs: 410 GoneException',
    { source: 'facts §6 DOC S38' },
    async () => {
      const calls = [{ method: 'POST' }, { method: 'GET' }, { method: 'DELETE' }];
      const visitor = await visit('main', { do: { calls } });
      const answer = { status: 410, errorType: 'GoneException' };
      expect((await visitor.told('$connect')).calls).to.deep.equal([answer, answer, answer]);
    },
  );
  check('gone-type', 'The error is named by the header x-amzn-ErrorType', { source: 'facts §6 RUN' }, async () => {
    const { raw } = await world();
    const { status, headers } = await raw('GET', `@connections/${encodeURIComponent(NOBODY)}`);
    expect([status, headers['x-amzn-errortype']]).to.deep.equal([410, 'GoneException']);
  });
  check(
    'gone-not-retried',
    'The official client does not try again after 410',
    { source: 'facts §6 RUN' },
    async () => {
      const sdk = managementClient(await targetOf('main'), { maxAttempts: 3 });
      const error = await failureOf(sdk.send(new GetConnectionCommand({ ConnectionId: NOBODY })));
      expect(error?.$metadata.attempts).to.equal(1);
    },
  );
  check(
    'too-large',
    'A payload of more than 131,072 bytes: 413 PayloadTooLargeException',
    { source: 'facts §6 DOC S35' },
    async () => {
      const error = await failureOf((await world()).post('x'.repeat(131_073)));
      expect(error).to.be.instanceOf(PayloadTooLargeException);
      expect(error?.$metadata.httpStatusCode).to.equal(413);
    },
  );
  check(
    'limit-exceeded',
    'A client that does not read, its buffer full: 429 LimitExceededException',
    { source: 'facts §6 DOC S35' },
    async () => {
      const { visitor, post } = await world();
      visitor.socket.pause();
      const payload = 'x'.repeat(131_072);
      let error: SdkError | undefined;
      for (let sent = 0; sent < 1000 && error === undefined; sent++) error = await failureOf(post(payload));
      expect(error).to.be.instanceOf(LimitExceededException);
      expect(error?.$metadata.httpStatusCode).to.equal(429);
    },
  );
  check('wrong-stage', 'Another stage: 403 ForbiddenException', { source: 'facts §6 DOC S35, CAP S36' }, async () => {
    const { target, id } = await world();
    const sdk = managementClient(target, { endpoint: target.endpoint.replace(/[^/]*$/, 'elsewhere') });
    const error = await failureOf(sdk.send(new PostToConnectionCommand({ ConnectionId: id, Data: 'x' })));
    expect(error).to.be.instanceOf(ForbiddenException);
    expect(error?.$metadata.httpStatusCode).to.equal(403);
  });
  check(
    'not-allowed',
    'A function whose role does not allow it: 403 ForbiddenException',
    { source: 'facts §6 DOC S35' },
    async () => {
      const visitor = await visit('main');
      const answer = await visitor.ask({ calls: [{ method: 'POST', data: 'x' }] }, 'powerless');
      expect(JSON.parse(answer)).to.deep.equal({ calls: [{ status: 403, errorType: 'ForbiddenException' }] });
    },
  );
  check('unsigned', 'A request without signature: 403', { source: 'facts §6 DOC S40', confirmed: false }, async () => {
    const { target, id } = await world();
    const { status, headers, body } = await send(`${target.endpoint}/@connections/${id}`, 'GET', {});
    expect([status, headers['x-amzn-errortype']]).to.deep.equal([403, 'MissingAuthenticationTokenException']);
    expect(JSON.parse(body)).to.deep.equal({ message: 'Missing Authentication Token' });
  });
  for (const [id, what, change] of [
    ['unknown-key', 'An access key that does not exist', { accessKeyId: 'AKIAQQQQQQQQQQQQQQQQ' }],
    ['wrong-secret', 'A signature by another secret', { secretAccessKey: 'not the secret' }],
  ] as const) {
    check(id, `${what}: 403`, { source: 'facts §6 DOC S40', confirmed: false }, async () => {
      const { target, id: ConnectionId } = await world();
      const sdk = managementClient(target, { credentials: { ...target.credentials, ...change } });
      const error = await failureOf(sdk.send(new PostToConnectionCommand({ ConnectionId, Data: 'x' })));
      expect(error?.$metadata.httpStatusCode).to.equal(403);
    });
  }
};

export function connectionErrorChecks(): void {
  section('@connections: errors', errors);
}
