import { expect } from 'chai';
import type { PushOptions } from '../../src/apigateway/index.ts';
import type { Push } from '../../src/sessions/ports.ts';
import { type ManagementAnswer, type ManagementServer, startManagementServer } from '../support/management-server.ts';
import { refusal } from '../support/refusal.ts';

export const credentials = {
  accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  sessionToken: 'IQoJb3JpZ2luX2VjEXAMPLE//////////wEaDGV1+token==',
};

export const message = { type: 'speakerReplaced', sessionId: 'faithful-shepherd-427', revision: 1 } as const;
export const listeners = (count: number) => Array.from({ length: count }, (_, index) => `l-${index}`);
export const always = (answer: ManagementAnswer) => Array.from({ length: 20 }, () => answer);

/** What every `Push` over `@connections` does. The server checks each signature. */
export function pushContract(createPush: (options: PushOptions) => Push): void {
  let server: ManagementServer;
  const failures: string[] = [];
  const push = (options: Partial<PushOptions> = {}) =>
    createPush({
      endpoint: server.endpoint,
      region: async () => 'eu-central-1',
      credentials: async () => credentials,
      onFailure: (connectionId) => void failures.push(connectionId),
      // Only where nothing is ever answered may time be short: on a busy machine an answer takes its time.
      requestTimeoutMs: 30_000,
      ...options,
    });
  beforeEach(async () => {
    failures.length = 0;
    server = await startManagementServer({ credentials });
  });
  afterEach(() => server.stop());

  it('sends a message as JSON', async () => {
    expect(await push().send('TXzPWdnOjoECGjA=', message)).to.equal(true);
    expect(server.posted).to.deep.equal([
      { to: 'TXzPWdnOjoECGjA=', body: '{"type":"speakerReplaced","sessionId":"faithful-shepherd-427","revision":1}' },
    ]);
  });

  it('takes an endpoint without a path, and one that ends in a slash', async () => {
    expect(await push({ endpoint: `${server.endpoint}/` }).send('a', message)).to.equal(true);
    expect(await push({ endpoint: new URL(server.endpoint).origin }).send('b', message)).to.equal(true);
    expect(server.requests).to.deep.equal(['POST a', 'POST b']);
  });

  it('signs connection IDs with every character of base64, and with others', async () => {
    const ids = ['TXzPWdnOjoECGjA=', 'a/b+c==', 'a_b-c=', "!'()*~ ä%2F"];
    const { delivered } = await push().fanOut(ids, message);
    expect(delivered).to.have.members(ids);
    expect(server.posted.map(({ to }) => to)).to.have.members(ids);
  });

  it('sends text of every script', async () => {
    const text = 'Grüße, 你好, שלום, 👩‍👩‍👧‍👦, \ud800';
    await push().send('a', { ...message, sessionId: text });
    expect(JSON.parse(server.posted[0]?.body ?? '')).to.deep.equal({ ...message, sessionId: text });
  });

  it('signs with long-lived credentials, which have no session token', async () => {
    const { accessKeyId, secretAccessKey } = credentials;
    await server.stop();
    server = await startManagementServer({ credentials: { accessKeyId, secretAccessKey } });
    const longLived = push({ credentials: async () => ({ accessKeyId, secretAccessKey }) });
    expect(await longLived.send('a', message)).to.equal(true);
  });

  it('fails with the wrong secret, session token or region, and asks once only', async () => {
    const wrong: Partial<PushOptions>[] = [
      { credentials: async () => ({ ...credentials, secretAccessKey: 'guessed' }) },
      { credentials: async () => ({ ...credentials, sessionToken: 'older' }) },
      { region: async () => 'eu-west-1' },
    ];
    for (const options of wrong) {
      const { failed } = await push(options).fanOut(['a'], message);
      expect(failed).to.deep.equal(['a']);
    }
    expect(server.requests).to.deep.equal(['POST a', 'POST a', 'POST a']);
    expect(server.posted).to.deep.equal([]);
  });

  it('says that a socket is gone, with the error type and without, and asks once only', async () => {
    server.answers.set('a', [{ status: 410, errorType: 'GoneException' }]);
    server.answers.set('b', [{ status: 410 }]);
    expect(await push().send('a', message)).to.equal(false);
    expect(await push().send('b', message)).to.equal(false);
    expect(server.requests).to.deep.equal(['POST a', 'POST b']);
    expect(failures).to.deep.equal([]);
  });

  const passing: Record<string, ManagementAnswer> = {
    throttling: { status: 429, errorType: 'LimitExceededException' },
    'an internal error': { status: 500, errorType: 'InternalServerError' },
    'an error of a proxy, without a type': { status: 502 },
    'a connection that breaks': 'reset',
    'no answer in time': 'silence',
  };
  for (const [what, answer] of Object.entries(passing)) {
    it(`retries after ${what}`, async () => {
      server.answers.set('a', [answer]);
      const options = answer === 'silence' ? { requestTimeoutMs: 1000 } : {};
      expect(await push(options).send('a', message)).to.equal(true);
      expect(server.requests).to.deep.equal(['POST a', 'POST a']);
      expect(server.posted).to.have.length(1);
      expect(failures).to.deep.equal([]);
    });
  }

  it('fails as SERVICE_UNAVAILABLE after three attempts, and reports it', async () => {
    server.answers.set('a', always({ status: 500, errorType: 'InternalServerError' }));
    await refusal(push().send('a', message), 'SERVICE_UNAVAILABLE');
    expect(server.requests).to.deep.equal(['POST a', 'POST a', 'POST a']);
    expect(failures).to.deep.equal(['a']);
  });

  it('sends each its own message', async () => {
    server.answers.set('gone', [{ status: 410 }]);
    const messages = ['a', 'gone', 'b'].map((connectionId) => ({
      connectionId,
      message: { type: 'speakerReplaced', sessionId: connectionId, revision: 1 } as const,
    }));
    const { delivered, gone, failed } = await push().sendEach(messages);
    expect([[...delivered].sort(), gone, failed]).to.deep.equal([['a', 'b'], ['gone'], []]);
    expect(server.posted).to.have.deep.members([
      { to: 'a', body: '{"type":"speakerReplaced","sessionId":"a","revision":1}' },
      { to: 'b', body: '{"type":"speakerReplaced","sessionId":"b","revision":1}' },
    ]);
  });

  it('sends one message to many, and says of each what became of it', async () => {
    server.answers.set('l-7', [{ status: 410, errorType: 'GoneException' }]);
    server.answers.set('l-9', always({ status: 403, errorType: 'ForbiddenException' }));
    const { delivered, gone, failed } = await push().fanOut(listeners(250), message);
    expect(delivered).to.have.length(248);
    expect(gone).to.deep.equal(['l-7']);
    expect(failed).to.deep.equal(['l-9']);
    expect(failures).to.deep.equal(['l-9']);
    expect(server.posted).to.have.length(248);
  });

  it('sends nothing to none', async () => {
    expect(await push().fanOut([], message)).to.deep.equal({ delivered: [], gone: [], failed: [] });
    expect(await push().sendEach([])).to.deep.equal({ delivered: [], gone: [], failed: [] });
  });

  it('has 100 messages in flight at most, and no fewer where there are more', async () => {
    const goOn = server.pause();
    const report = push({ requestTimeoutMs: 10_000 }).fanOut(listeners(1000), message);
    await server.inFlight(100);
    goOn();
    expect((await report).delivered).to.have.length(1000);
    expect(server.mostInFlight()).to.equal(100);
  });

  it('closes a socket, and one that is gone without complaint', async () => {
    server.answers.set('b', [{ status: 410, errorType: 'GoneException' }]);
    server.answers.set('c', always({ status: 403, errorType: 'ForbiddenException' }));
    for (const connectionId of ['a=', 'b', 'c']) await push().close(connectionId);
    expect(server.requests).to.deep.equal(['DELETE a=', 'DELETE b', 'DELETE c']);
    expect(failures).to.deep.equal(['c']);
  });

  it('looks up when a connection was last active', async () => {
    const body = '{"connectedAt":"2026-11-23T09:00:00Z","lastActiveAt":"2026-11-24T14:33:36.250Z"}';
    server.answers.set('a=', [
      { status: 429, errorType: 'LimitExceededException' },
      { status: 200, body },
    ]);
    server.answers.set('b', [{ status: 410, errorType: 'GoneException' }]);
    server.answers.set('c', always({ status: 403, errorType: 'ForbiddenException' }));
    expect(await push().lastActiveAt('a=')).to.equal(1795530816250);
    expect(await push().lastActiveAt('b')).to.equal(undefined);
    await refusal(push().lastActiveAt('c'), 'SERVICE_UNAVAILABLE');
    expect(server.requests).to.deep.equal(['GET a=', 'GET a=', 'GET b', 'GET c']);
  });
}
