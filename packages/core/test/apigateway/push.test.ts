import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { expect } from 'chai';
import { createPush, type PushOptions } from '../../src/apigateway/index.ts';
import { selfSignedCertificate } from '../support/certificate.ts';
import { type ManagementServer, startManagementServer } from '../support/management-server.ts';
import { createSdkPush } from '../support/sdk-push.ts';
import { always, credentials, listeners, message, pushContract } from './push-contract.ts';

describe('Push', () => {
  describe('with posts of our own', () => pushContract(createPush));
  describe("over the SDK's client", () => pushContract(createSdkPush));
});

for (const [name, create] of Object.entries({ createPush, createSdkPush })) {
  describe(`Push over HTTPS: ${name}`, () => {
    const certificate = selfSignedCertificate();
    let server: ManagementServer;
    const push = () =>
      create({
        endpoint: server.endpoint,
        region: async () => 'eu-central-1',
        credentials: async () => credentials,
        onFailure: () => {},
        requestTimeoutMs: 30_000,
      });
    beforeEach(async () => {
      server = await startManagementServer({ credentials, certificate });
    });
    afterEach(() => server.stop());

    it('posts over kept connections to a server whose certificate is trusted', async () => {
      const trusted = getCACertificates();
      setDefaultCACertificates([...trusted, certificate.cert]);
      try {
        const { delivered } = await push().fanOut(listeners(1000), message);
        expect(delivered).to.have.length(1000);
      } finally {
        setDefaultCACertificates(trusted);
      }
      expect(server.posted).to.have.length(1000);
      expect(server.connections()).to.be.at.most(100);
    });

    it('posts nothing to a server whose certificate is not', async () => {
      expect(await push().fanOut(['a'], message)).to.deep.equal({ delivered: [], gone: [], failed: ['a'] });
      expect(server.requests).to.deep.equal([]);
    });
  });
}

describe('Push with posts of our own', () => {
  let server: ManagementServer;
  const failures: string[] = [];
  const push = (options: Partial<PushOptions> = {}) =>
    createPush({
      endpoint: server.endpoint,
      region: async () => 'eu-central-1',
      credentials: async () => credentials,
      onFailure: (_, error) => void failures.push((error as Error).name),
      // On a busy machine an answer takes its time.
      requestTimeoutMs: 30_000,
      ...options,
    });
  beforeEach(async () => {
    failures.length = 0;
    server = await startManagementServer({ credentials });
  });
  afterEach(() => server.stop());

  it('reaches 10,000 listeners, over 100 connections', async () => {
    const { delivered } = await push().fanOut(listeners(10_000), message);
    expect(new Set(delivered)).to.have.property('size', 10_000);
    expect(server.posted).to.have.length(10_000);
    expect(server.mostInFlight()).to.be.at.most(100);
    expect(server.connections()).to.equal(100);
  });

  it('lets sockets that do not answer wait until all others have their message', async () => {
    const slow = listeners(150);
    const failuresWhenAskedFor: number[] = [];
    await server.stop();
    server = await startManagementServer({
      onRequest: (request) => {
        if (!server.answers.has(request.slice('POST '.length))) failuresWhenAskedFor.push(failures.length);
      },
    });
    for (const id of slow) server.answers.set(id, always('silence'));
    const { delivered, failed } = await push({ requestTimeoutMs: 2000 }).fanOut(listeners(400), message);
    expect(delivered).to.have.length(250);
    expect([...failed].sort()).to.deep.equal([...slow].sort());
    // Retried in their lanes, the first hundred would have failed before anyone else got a message.
    expect(failuresWhenAskedFor).to.deep.equal(Array.from({ length: 250 }, () => 0));
  });

  it('lets a single message go before the rest of a fan-out', async () => {
    const sender = push();
    const goOn = server.pause();
    const report = sender.fanOut(listeners(1000), message);
    const sent = sender.send('single', message);
    await server.inFlight(100);
    goOn();
    expect(await sent).to.equal(true);
    expect((await report).delivered).to.have.length(1000);
    expect(server.requests.indexOf('POST single')).to.be.at.most(200);
  });

  it('retries more than twice while its budget lasts', async () => {
    server.answers.set('a', always({ status: 503 }).slice(0, 4));
    const { delivered } = await push({ budgetMs: 30_000 }).fanOut(['a'], message);
    expect(delivered).to.deep.equal(['a']);
    expect(server.requests).to.have.length(5);
  });

  it('gives up throttled connections when its budget is used up', async () => {
    const ids = listeners(200);
    for (const id of ids) server.answers.set(id, always({ status: 429, errorType: 'LimitExceededException' }));
    const { failed, delivered } = await push({ budgetMs: 3000 }).fanOut([...ids, 'other'], message);
    expect(delivered).to.deep.equal(['other']);
    expect([...failed].sort()).to.deep.equal([...ids].sort());
    // The last attempt of some may have been cut short.
    expect(failures).to.have.length(200).and.to.include('LimitExceededException');
    expect(new Set(server.requests)).to.have.property('size', 201);
  });

  it('attempts nothing more when its budget is used up', async () => {
    server.pause();
    const { failed } = await push({ budgetMs: 300 }).fanOut(listeners(500), message);
    expect(failed).to.have.length(500);
    expect(server.requests).to.have.length(100);
    expect(failures.filter((name) => name === 'TimeoutError')).to.have.length(100);
    expect(failures.filter((name) => name === 'DeadlineError')).to.have.length(400);
  });

  it('gives one fan-out the shorter time of its own budget and the given one', async () => {
    server.answers.set('a', always({ status: 503 }));
    const { failed, delivered } = await push({ budgetMs: 60_000 }).fanOut(['a', 'b'], message, 1000);
    expect({ failed, delivered }).to.deep.equal({ failed: ['a'], delivered: ['b'] });
    server.answers.set('a', always({ status: 503 }));
    expect((await push({ budgetMs: 1000 }).fanOut(['a'], message, 60_000)).failed).to.deep.equal(['a']);
  });

  it('says when the last delivery was, and does not count the wait for those that take nothing', async () => {
    server.answers.set('a', always({ status: 503 }));
    let lastAnswerMs = Number.NaN;
    const startMs = performance.now();
    const { failed, lastDeliveredMs } = await push({
      budgetMs: 3000,
      onFailure: () => {
        lastAnswerMs = performance.now() - startMs;
      },
    }).fanOut(['a', 'b'], message);
    expect(failed).to.deep.equal(['a']);
    // `b` has answered at least one retry of `a` before that is given up.
    expect(lastDeliveredMs).to.be.at.least(0).and.below(lastAnswerMs);
    expect(await push().fanOut([], message)).to.not.have.property('lastDeliveredMs');
  });

  it('posts nothing when the given time is over already', async () => {
    for (const budgetMs of [0, -5000]) {
      const { failed } = await push({ budgetMs: 60_000 }).fanOut(['a', 'b'], message, budgetMs);
      expect([...failed].sort()).to.deep.equal(['a', 'b']);
    }
    expect(server.requests).to.deep.equal([]);
    expect(new Set(failures)).to.deep.equal(new Set(['DeadlineError']));
  });

  it('takes a kept connection that has been closed meanwhile for no failed attempt', async () => {
    const sender = push();
    await sender.send('a', message);
    server.answers.set('a', ['reset', { status: 500 }, { status: 500 }]);
    expect(await sender.send('a', message)).to.equal(true);
    expect(server.requests).to.have.length(5);
  });

  it('retries after an answer that breaks off, or does not end', async () => {
    server.answers.set('a', ['cut', 'stall']);
    expect(await push({ requestTimeoutMs: 300 }).send('a', message)).to.equal(true);
    expect(server.requests).to.deep.equal(['POST a', 'POST a', 'POST a']);
  });

  it('reads credentials and region for each signature', async () => {
    const current = { region: 'eu-west-1', credentials: { ...credentials, secretAccessKey: 'older' } };
    const sender = push({ region: async () => current.region, credentials: async () => current.credentials });
    expect((await sender.fanOut(['a'], message)).failed).to.deep.equal(['a']);
    Object.assign(current, { region: 'eu-central-1', credentials });
    expect((await sender.fanOut(['a'], message)).delivered).to.deep.equal(['a']);
  });

  it('names what went wrong by what API Gateway or Node.js called it', async () => {
    server.answers.set('a', always({ status: 403, errorType: 'ForbiddenException:http://internal.amazon.com/' }));
    server.answers.set('b', always({ status: 502 }));
    server.answers.set('c', always('reset'));
    server.answers.set('d', always('silence'));
    for (const id of ['a', 'b', 'c', 'd']) await push({ requestTimeoutMs: 100 }).fanOut([id], message);
    expect(failures).to.deep.equal(['ForbiddenException', 'Http502', 'ECONNRESET', 'TimeoutError']);
  });

  it('fails without an answer that it understands to when a connection was last active', async () => {
    server.answers.set('a', [{ status: 200, body: '{"lastActiveAt":"lately"}' }]);
    server.answers.set('b', [{ status: 200, body: '<html>' }]);
    for (const id of ['a', 'b']) {
      const error = await push()
        .lastActiveAt(id)
        .then(
          () => undefined,
          (thrown: Error) => thrown,
        );
      expect(error).to.have.property('code', 'SERVICE_UNAVAILABLE');
    }
  });
});
