import { expect } from 'chai';
import { leaveOutWhenFast } from '../../../scripts/tools/need-tools.ts';
import { allowedByPolicy, permissions, used } from './operator-policy.ts';
import { endCommands, LIMIT_MS, type Surroundings, setUp } from './set-up.ts';

describe('The policy for operators', function () {
  this.timeout(LIMIT_MS);
  let stack: Surroundings;
  before(async function () {
    leaveOutWhenFast(this, 'the policy for operators');
    // Nothing reaches the deliverer's and the notifier's work: both leave something in their queues.
    stack = await setUp({
      lambda: { asyncRetryDelaysMs: [0, 0] },
      changeStack: ({ resource }) => {
        for (const mapping of Object.values(resource.aws_lambda_event_source_mapping ?? {})) {
          mapping.maximum_retry_attempts = 0;
        }
      },
    });
  });
  afterEach(endCommands);
  after(() => stack?.stop());

  it('allows all that the commands do, and nothing that none of them does', async () => {
    const { system } = stack;
    used.clear();
    await system.stack.faults.set({ rules: [{ batch: { function: '*-notifier' }, do: { fail: 'before' } }] });
    const { sessionId, speaker } = await system.broadcast('deborah');
    await until(async () => ((await stack.ask('failures', 'list')) as unknown[]).length > 0);
    await system.stack.faults.set({
      rules: [{ call: { service: 'dynamodb', operation: 'Query', function: '*-deliverer' }, do: { error: 500 } }],
    });
    await speaker.ask('broadcastStateChanged', { action: 'setBroadcastState', paused: true });
    await until(async () =>
      ((await stack.ask('failures', 'list')) as { kind: string }[]).some(({ kind }) => kind === 'delivery'),
    );
    await system.stack.faults.clear();

    const commands = [
      ['failures', 'replay', '--all'],
      ['session', 'list'],
      ['session', 'show', sessionId],
      ['session', 'end', sessionId],
      ['speaker', 'deny', 'barak'],
      ['speaker', 'allow', 'barak'],
    ] as const;
    for (const [command, ...args] of commands) {
      expect(await stack.run(command, ...args), args.join(' ')).to.deep.include({ code: 0, stderr: '' });
    }

    const all = (await permissions('dev')).map(([action, resource]) => `${action} ${resource}`);
    expect([...used]).to.have.members(all);
  });

  it('allows nothing elsewhere', async () => {
    const allowed = await allowedByPolicy('dev');
    const table = 'arn:aws:dynamodb:us-east-1:000000000000:table';
    expect(allowed('dynamodb:UpdateItem', `${table}/sessions-dev-sessions`)).to.equal(true);
    expect(allowed('dynamodb:UpdateItem', `${table}/sessions-prod-sessions`)).to.equal(false);
    expect(allowed('dynamodb:UpdateItem', `${table}/sessions-dev-connections`)).to.equal(false);
    expect(allowed('dynamodb:DeleteTable', `${table}/sessions-dev-sessions`)).to.equal(false);
  });
});

/** Each look is a command of its own, which takes longer than what it looks for. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo()));
}
