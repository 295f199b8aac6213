import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { expect } from 'chai';
import { createPush } from '../../src/apigateway/index.ts';
import { type ManagementServer, startManagementServer } from '../support/management-server.ts';
import { refusal } from '../support/refusal.ts';

const message = { type: 'sessionResumed', sessionId: 'faithful-shepherd-427' } as const;

describe('Push', () => {
  let server: ManagementServer;
  let client: ApiGatewayManagementApiClient;
  const failures: string[] = [];
  const push = () => createPush({ client, onFailure: (connectionId) => void failures.push(connectionId) });
  beforeEach(async () => {
    failures.length = 0;
    server = await startManagementServer();
    client = new ApiGatewayManagementApiClient({
      endpoint: server.endpoint,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 2,
    });
  });
  afterEach(async () => {
    client.destroy();
    await server.stop();
  });
  const failAlways = (status: number, errorType: string) => Array.from({ length: 5 }, () => ({ status, errorType }));

  it('sends a message as JSON', async () => {
    expect(await push().send('TXzPWdnOjoECGjA=', message)).to.equal(true);
    expect(server.posted).to.deep.equal([
      { to: 'TXzPWdnOjoECGjA=', body: '{"type":"sessionResumed","sessionId":"faithful-shepherd-427"}' },
    ]);
  });

  it('says that a socket is gone, with the error type and without, and asks once only', async () => {
    server.answers.set('a', [{ status: 410, errorType: 'GoneException' }]);
    server.answers.set('b', [{ status: 410 }]);
    expect(await push().send('a', message)).to.equal(false);
    expect(await push().send('b', message)).to.equal(false);
    expect(server.requests).to.deep.equal(['POST a', 'POST b']);
    expect(failures).to.deep.equal([]);
  });

  it('tries again after 429 and 500', async () => {
    server.answers.set('a', [{ status: 429, errorType: 'LimitExceededException' }]);
    server.answers.set('b', [{ status: 500, errorType: 'InternalServerError' }]);
    expect(await push().send('a', message)).to.equal(true);
    expect(await push().send('b', message)).to.equal(true);
    expect(server.requests).to.deep.equal(['POST a', 'POST a', 'POST b', 'POST b']);
  });

  it('fails as SERVICE_UNAVAILABLE after all attempts, and reports it', async () => {
    server.answers.set('a', failAlways(500, 'InternalServerError'));
    await refusal(push().send('a', message), 'SERVICE_UNAVAILABLE');
    expect(failures).to.deep.equal(['a']);
  });

  it('sends each its own message', async () => {
    server.answers.set('gone', [{ status: 410 }]);
    const messages = ['a', 'gone', 'b'].map((connectionId) => ({
      connectionId,
      message: { type: 'sessionResumed', sessionId: connectionId } as const,
    }));
    const { delivered, gone, failed } = await push().sendEach(messages);
    expect([[...delivered].sort(), gone, failed]).to.deep.equal([['a', 'b'], ['gone'], []]);
    expect(server.posted).to.have.deep.members([
      { to: 'a', body: '{"type":"sessionResumed","sessionId":"a"}' },
      { to: 'b', body: '{"type":"sessionResumed","sessionId":"b"}' },
    ]);
  });

  it('tells many, and says of each what became of it', async () => {
    const ids = Array.from({ length: 250 }, (_, index) => `l-${index}`);
    server.answers.set('l-7', [{ status: 410, errorType: 'GoneException' }]);
    server.answers.set('l-9', failAlways(403, 'ForbiddenException'));
    const report = await push().fanOut(ids, message);
    expect(report.delivered).to.have.length(248);
    expect(report.gone).to.deep.equal(['l-7']);
    expect(report.failed).to.deep.equal(['l-9']);
    expect(failures).to.deep.equal(['l-9']);
    expect(server.posted).to.have.length(248);
  });

  it('closes a socket, and one that is gone without complaint', async () => {
    server.answers.set('b', [{ status: 410, errorType: 'GoneException' }]);
    server.answers.set('c', failAlways(403, 'ForbiddenException'));
    for (const connectionId of ['a', 'b', 'c']) await push().close(connectionId);
    expect(server.requests).to.deep.equal(['DELETE a', 'DELETE b', 'DELETE c']);
    expect(failures).to.deep.equal(['c']);
  });
});
