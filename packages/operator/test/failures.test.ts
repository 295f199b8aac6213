import { EventEmitter, once } from 'node:events';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Client } from '@sessions/acceptance';
import { expect } from 'chai';
import { leaveOutWhenFast } from '../../../scripts/tools/need-tools.ts';
import { endCommands, LIMIT_MS, type StackDocument, type Surroundings, setUp } from './set-up.ts';

interface FailureJson {
  readonly id: string;
  readonly queue: string;
  readonly kind: string;
  readonly condition: string;
  readonly attempts: number;
  readonly error?: string;
}
interface ReportJson {
  readonly id: string;
  readonly result?: string;
  readonly error?: string;
}
interface BusEvent {
  readonly 'detail-type': string;
  readonly detail: { readonly sessionId: string; readonly revision: number };
}

/** The deliverer cannot read which listeners a session has. */
const deliverIsBroken = {
  rules: [
    {
      call: { service: 'dynamodb', operation: 'Query', function: '*-deliverer', resource: '*/index/*' },
      do: { error: 500 },
    },
  ],
} as const;
const notifierIsBroken = { rules: [{ batch: { function: '*-notifier' }, do: { fail: 'before' } }] } as const;

describe('npm run failures', function () {
  this.timeout(LIMIT_MS);
  const seen = new EventEmitter();
  let dropped: number;
  let sent: number;
  let events: BusEvent[];
  let stack: Surroundings;
  const clients: SQSClient[] = [];

  before(function () {
    leaveOutWhenFast(this, 'the operators’ commands on failures');
  });
  beforeEach(async () => {
    [dropped, sent, events] = [0, 0, []];
    stack = await setUp({
      changeStack: giveUpSoon,
      // An instance of the deliverer that has met the fault tries again at once when it is over.
      variables: { circuit_breaker_seconds: '1' },
      lambda: { asyncRetryDelaysMs: [0, 0] },
      onAsyncDropped: () => {
        dropped++;
        seen.emit('change');
      },
      onEventSource: ({ kind }) => {
        if (kind === 'sent') sent++;
        seen.emit('change');
      },
      onEvent: ({ event }) => {
        events.push(event as unknown as BusEvent);
        seen.emit('change');
      },
    });
  });
  afterEach(async () => {
    endCommands();
    for (const client of clients.splice(0)) client.destroy();
    await stack?.stop();
  });

  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await once(seen, 'change');
  };
  const list = async () => (await stack.ask('failures', 'list')) as FailureJson[];

  /** A listener who was not told that the speaker paused. */
  async function failedDelivery(): Promise<{ speaker: Client; listener: Client; sessionId: string }> {
    const { system } = stack;
    const { sessionId, speaker } = await system.broadcast('deborah');
    const listener = await system.joined(sessionId, 'es');
    await system.stack.faults.set(deliverIsBroken);
    await speaker.ask('broadcastStateChanged', { action: 'setBroadcastState', paused: true });
    await until(() => dropped > 0);
    return { speaker, listener, sessionId };
  }

  it('lists and shows a delivery that failed, and replays it to the real socket', async () => {
    expect((await stack.run('failures', 'list')).stdout).to.equal('Nothing has failed.\n');
    const { listener, sessionId } = await failedDelivery();
    expect(listener.count('broadcastStateChanged')).to.equal(0);

    const [failure, ...others] = await list();
    expect(others).to.deep.equal([]);
    expect(failure).to.include({ queue: 'deliveries', kind: 'delivery', condition: 'RetriesExhausted', attempts: 3 });
    const id = String(failure?.id);
    const table = (await stack.run('failures', 'list')).stdout.trimEnd().split('\n');
    expect(table[0]).to.match(/^ID +FAILED +WHAT +WHY$/);
    expect(table[1]).to.match(
      new RegExp(
        `^${id.slice(0, 8)}  \\S+  notifyListeners broadcastStateChanged ${sessionId} +RetriesExhausted after 3`,
      ),
    );
    const shown = (await stack.run('failures', 'show', id.slice(0, 8))).stdout;
    expect(shown).to.include(`"sessionId": "${sessionId}"`).and.include('"paused": true');

    // It fails again while the cause is there, and is not lost.
    const again = await stack.run('failures', 'replay', id);
    expect(again.code).to.equal(1);
    expect(again.stdout).to.match(/FAILED: sessions-dev-deliverer failed: /);
    expect(again.stderr).to.equal('failures: 1 of 1 failed again: they stay in their queue\n');
    expect((await list()).map((one) => one.id)).to.deep.equal([id]);

    await stack.system.stack.faults.clear();
    const replayed = await stack.run('failures', 'replay', id.slice(0, 6));
    expect(replayed.stdout).to.match(/: delivered 1, gone 0, failed 0\n1 message done and deleted\.\n$/);
    expect(await listener.next('broadcastStateChanged')).to.deep.include({ sessionId, revision: 2 });
    expect(await list()).to.deep.equal([]);
  });

  it('replays changes from the stream: what was missed follows, events included', async () => {
    const { system } = stack;
    await system.stack.faults.set(notifierIsBroken);
    const { sessionId, speaker } = await system.broadcast('deborah');
    await system.joined(sessionId, 'es');
    await until(() => sent === 2); // the session, and its places
    await system.stack.faults.clear();
    expect(events).to.deep.equal([]);
    expect((await list()).map(({ kind, condition }) => [kind, condition])).to.deep.equal([
      ['changes', 'RetryAttemptsExhausted'],
      ['changes', 'RetryAttemptsExhausted'],
    ]);
    expect((await stack.run('failures', 'list')).stdout).to.match(
      / \d+ changes? of \S+ and later +RetryAttemptsExhausted/,
    );

    const reports = (await stack.ask('failures', 'replay', '--all')) as ReportJson[];

    for (const { result } of reports) expect(result).to.match(/^\d+ changes? handed to the notifier$/);
    const types = () => events.map((event) => event['detail-type']);
    await until(() => types().includes('SessionStarted') && types().includes('LanguagesInUseChanged'));
    expect(events.map(({ detail }) => detail.sessionId)).to.satisfy((ids: string[]) =>
      ids.every((id) => id === sessionId),
    );
    expect(await speaker.next('sessionStatus')).to.include({ listenerCount: 1 });
    expect(await list()).to.deep.equal([]);
  });

  it('deletes what is not worth replaying, and nothing else', async () => {
    const { speaker, listener } = await failedDelivery();
    dropped = 0;
    // Changes of the broadcast state keep a distance.
    let reply = await speaker.request({ action: 'setBroadcastState', paused: false });
    while (reply.type === 'error') reply = await speaker.request({ action: 'setBroadcastState', paused: false });
    await until(() => dropped > 0);
    await stack.system.stack.faults.clear();
    const [first, second] = await list();

    const deleted = await stack.run('failures', 'delete', String(first?.id));
    expect(deleted.stdout).to.match(/: deleted\n1 message done and deleted\.\n$/);
    expect((await list()).map(({ id }) => id)).to.deep.equal([second?.id]);
    expect(await stack.ask('failures', 'replay', '--all')).to.have.length(1);
    expect(await listener.next('broadcastStateChanged')).to.deep.include({ revision: 3 });
    expect(listener.count('broadcastStateChanged')).to.equal(1);
  });

  it('shows and deletes a message that Lambda did not write, but does not replay it', async () => {
    const { endpoint, credentials, stack: read } = stack.system.stack;
    const sqs = new SQSClient({ endpoint, credentials, region: read.region });
    clients.push(sqs);
    stack.allow('sqs:SendMessage');
    const QueueUrl = String(read.outputs.deliveries_failed_queue_url);
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'not from Lambda' }));

    const [failure] = await list();
    expect(failure).to.include({ kind: 'unreadable', queue: 'deliveries' });
    const id = String(failure?.id);
    expect((await stack.run('failures', 'show', id)).stdout).to.match(/\n\nnot from Lambda\n$/);
    const replayed = await stack.run('failures', 'replay', id);
    expect(replayed.code).to.equal(1);
    expect(replayed.stdout).to.match(/FAILED: Lambda did not write this message/);
    expect((await stack.run('failures', 'delete', id)).code).to.equal(0);
    expect(await list()).to.deep.equal([]);
  });

  it('says in one line that there is no such failure, and refuses what is no ID', async () => {
    const { code, stderr } = await stack.run('failures', 'show', '1234abcd');
    expect(code).to.equal(1);
    expect(stderr).to.match(/^failures: there is no failure 1234abcd \(npm run failures -- list\): .*\n$/);
    const refused: readonly (readonly [args: readonly string[], line: RegExp])[] = [
      [['show', 'x'], /^failures: "x" is no ID of a failure: 4 to 36 of /],
      [['replay'], /^failures: replay takes one or more IDs, or --all$/],
      [['delete', '1234abcd', '--all'], /^failures: delete takes one or more IDs, or --all$/],
    ];
    for (const [args, line] of refused) {
      const ended = await stack.run('failures', ...args);
      expect(ended.code).to.equal(2);
      expect(ended.stderr.trimEnd()).to.match(line);
    }
  });
});

/** A hundred attempts would take an hour. */
function giveUpSoon({ resource }: StackDocument): void {
  for (const mapping of Object.values(resource.aws_lambda_event_source_mapping ?? {})) {
    mapping.maximum_retry_attempts = 1;
  }
}
