import { expect } from 'chai';
import { createEventBus } from '../../src/eventbridge/index.ts';
import type { LifecycleEvent } from '../../src/sessions/index.ts';
import { type AwsServer, refusedBy, startAwsServer } from '../support/aws-server.ts';
import { useEnvironment } from '../support/environment.ts';
import { refusal } from '../support/refusal.ts';

const event = (revision = 3): LifecycleEvent => ({
  type: 'SessionResumed',
  detail: { sessionId: 'faithful-shepherd-427', createdAt: 1_000_000, revision },
});
const events = (count: number) => Array.from({ length: count }, (_, index) => event(index + 1));
const accepted = (count: number) => ({
  status: 200,
  body: JSON.stringify({ FailedEntryCount: 0, Entries: Array.from({ length: count }, () => ({ EventId: 'e' })) }),
});

describe('The event bus, over EventBridge', () => {
  let bridge: AwsServer;
  before(async () => {
    bridge = await startAwsServer();
  });
  after(() => bridge.stop());
  beforeEach(() => {
    bridge.requests.length = 0;
    bridge.answers.length = 0;
  });
  useEnvironment(() => ({
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_EVENTBRIDGE: bridge.endpoint,
  }));
  const bus = () => createEventBus({ busName: 'broadcasts', source: 'sessions.prod' });
  const entriesOf = (index: number) =>
    (JSON.parse(bridge.requests[index]?.body ?? '{}') as { Entries: Record<string, unknown>[] }).Entries;

  it('puts an event on the bus that was named, with its type, its source and its detail', async () => {
    bridge.answers.push(accepted(1));
    await bus().publish([event()]);
    expect(bridge.requests[0]?.headers).to.include({ 'x-amz-target': 'AWSEvents.PutEvents' });
    const [entry] = entriesOf(0);
    expect(entry).to.include({ EventBusName: 'broadcasts', Source: 'sessions.prod', DetailType: 'SessionResumed' });
    expect(JSON.parse(String(entry?.Detail))).to.deep.equal({
      sessionId: 'faithful-shepherd-427',
      createdAt: 1_000_000,
      revision: 3,
    });
  });

  it('puts no more than ten in a call, in order', async () => {
    bridge.answers.push(accepted(10), accepted(10), accepted(1));
    await bus().publish(events(21));
    expect([0, 1, 2].map((index) => entriesOf(index).length)).to.deep.equal([10, 10, 1]);
    const revisions = [0, 1, 2].flatMap((index) =>
      entriesOf(index).map(({ Detail }) => (JSON.parse(String(Detail)) as { revision: number }).revision),
    );
    expect(revisions).to.deep.equal(Array.from({ length: 21 }, (_, index) => index + 1));
  });

  it('makes no call for no events', async () => {
    await bus().publish([]);
    expect(bridge.requests).to.deep.equal([]);
  });

  it('fails when single entries were refused in a call that succeeded, naming why', async () => {
    bridge.answers.push({
      status: 200,
      body: JSON.stringify({
        FailedEntryCount: 2,
        Entries: [
          { EventId: 'e' },
          { ErrorCode: 'ThrottlingException', ErrorMessage: 'Rate exceeded' },
          { ErrorCode: 'ThrottlingException', ErrorMessage: 'Rate exceeded' },
        ],
      }),
    });
    const error = await refusal(bus().publish(events(3)), 'SERVICE_UNAVAILABLE');
    expect(error.message).to.equal('EventBridge refused 2 events: ThrottlingException');
  });

  it('tries again while EventBridge throttles, fails or breaks the connection', async () => {
    for (const answer of [
      refusedBy(400, 'ThrottlingException'),
      refusedBy(500, 'InternalException'),
      'reset',
    ] as const) {
      bridge.requests.length = 0;
      bridge.answers.push(answer, accepted(1));
      await bus().publish([event()]);
      expect(bridge.requests).to.have.length(2);
    }
  });

  it('asks for another attempt later when that goes on, and keeps the cause', async () => {
    for (const [status, type] of [
      [400, 'ThrottlingException'],
      [500, 'InternalException'],
    ] as const) {
      bridge.answers.push(...Array.from({ length: 3 }, () => refusedBy(status, type)));
      const error = await refusal(bus().publish([event()]), 'SERVICE_UNAVAILABLE');
      expect(error.cause).to.have.property('name', type);
    }
  });

  it('lets through what trying again cannot help', async () => {
    bridge.answers.push(refusedBy(400, 'AccessDeniedException'));
    const error = await bus()
      .publish([event()])
      .catch((reason: unknown) => reason);
    expect(error).to.have.property('name', 'AccessDeniedException');
    expect(bridge.requests).to.have.length(1);
  });
});
