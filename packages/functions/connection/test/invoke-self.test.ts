import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { useEnvironment } from '../../../core/test/support/environment.ts';
import { messageEvent } from '../../../core/test/support/events.ts';
import { refusal } from '../../../core/test/support/refusal.ts';
import { createInvokeSelf } from '../src/invoke-self.ts';

describe('invokeSelf', () => {
  let answer: RequestListener;
  const server = createServer((request, response) => answer(request, response));
  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  useEnvironment(() => ({
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_LAMBDA: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  }));
  const event = messageEvent({ route: 'joinSession', body: {} });

  it('invokes the function of that name asynchronously, with the event', async () => {
    const seen: unknown[] = [];
    answer = async (request, response) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      seen.push([request.url, request.headers['x-amz-invocation-type'], JSON.parse(body)]);
      response.writeHead(202).end();
    };
    await createInvokeSelf('prod-connection')(event);
    expect(seen).to.deep.equal([
      ['/2015-03-31/functions/prod-connection/invocations', 'Event', JSON.parse(JSON.stringify(event))],
    ]);
  });

  it('reports a Lambda that does not answer or takes no more as SERVICE_UNAVAILABLE', async () => {
    answer = (_request, response) => void response.writeHead(500).end('{}');
    await refusal(createInvokeSelf('f')(event), 'SERVICE_UNAVAILABLE');
    answer = (_request, response) =>
      void response.writeHead(429, { 'x-amzn-ErrorType': 'TooManyRequestsException' }).end('{}');
    await refusal(createInvokeSelf('f')(event), 'SERVICE_UNAVAILABLE');
  });

  it('leaves other errors as they are: they are bugs', async () => {
    answer = (_request, response) =>
      void response.writeHead(403, { 'x-amzn-ErrorType': 'AccessDeniedException' }).end('{}');
    const error = await createInvokeSelf('f')(event).catch((reason: unknown) => reason);
    expect(error).to.include({ name: 'AccessDeniedException' });
  });
});
