import { expect } from 'chai';
import { leaveOutWhenFast } from '../../../scripts/tools/need-tools.ts';
import { endCommands, LIMIT_MS, type Surroundings, setUp } from './set-up.ts';

interface SessionJson {
  readonly sessionId: string;
  readonly state: string;
  readonly revision: number;
  readonly createdAt: number;
  readonly endReason?: string;
  readonly endCompletedAt?: number;
  readonly speaker: { readonly userId: string; readonly connectionId?: string };
  readonly listeners: { readonly total: number; readonly capacity: number; readonly byLanguage: object };
  readonly shards: { readonly total: number; readonly used: number };
  readonly totalJoins: number;
}

describe('npm run session', function () {
  this.timeout(LIMIT_MS);
  let stack: Surroundings;

  before(async function () {
    leaveOutWhenFast(this, 'the operators’ commands on sessions');
    stack = await setUp({ variables: { max_listeners_per_session: '100' } });
  });
  afterEach(endCommands);
  after(() => stack?.stop());

  it('lists no session where there is none', async () => {
    expect(await stack.run('session', 'list')).to.deep.equal({ code: 0, stdout: 'No session is open.\n', stderr: '' });
    expect(await stack.ask('session', 'list')).to.deep.equal([]);
  });

  it('lists and shows sessions with their listeners, then ends one and tells how many listened', async () => {
    const { system } = stack;
    const { sessionId, speaker } = await system.broadcast('deborah');
    const { sessionId: other } = await system.broadcast('barak');
    const listeners = await Promise.all(['es', 'es', 'fr'].map((language) => system.joined(sessionId, language)));

    const list = (await stack.ask('session', 'list')) as SessionJson[];
    expect(list.map((session) => [session.sessionId, session.listeners.total])).to.deep.equal([
      [sessionId, 3],
      [other, 0],
    ]);
    const table = (await stack.run('session', 'list')).stdout.trimEnd().split('\n');
    expect(table[0]).to.match(/^SESSION +STATE +LISTENERS +LANGUAGES +CREATED +SPEAKER$/);
    expect(table[1]).to.match(new RegExp(`^${sessionId} +active +3/100 +es fr +\\d{4}-\\d\\d-\\d\\dT\\S+ +\\S+$`));

    const shown = (await stack.ask('session', 'show', sessionId)) as SessionJson;
    expect(shown).to.deep.include({ state: 'active', revision: 1, totalJoins: 3 });
    expect(shown.listeners).to.deep.equal({ total: 3, capacity: 100, byLanguage: { es: 2, fr: 1 } });
    expect(shown.speaker.connectionId).to.equal(system.connectionIdOf(speaker));
    // As it may be said by telephone.
    const { stdout } = await stack.run('session', 'show', sessionId.toUpperCase().replaceAll('-', ' '));
    expect(stdout).to.match(/^ {2}state +active, revision 1$/m);
    expect(stdout).to.match(/^ {2}listeners +3 of 100: es 2, fr 1$/m);
    expect(stdout).to.match(/^ {2}created +\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$/m);

    const ended = await stack.run('session', 'end', sessionId);
    expect(ended.stdout).to.equal(`${sessionId} has ended; 3 listeners were in it, and all have been notified.\n`);
    for (const listener of listeners) {
      expect(await listener.next('sessionEnded')).to.include({ reason: 'operatorEnded' });
    }
    expect(await speaker.next('sessionEnded')).to.include({ sessionId, reason: 'operatorEnded' });

    expect(((await stack.ask('session', 'list')) as SessionJson[]).map((one) => one.sessionId)).to.deep.equal([other]);
    const after = (await stack.ask('session', 'show', sessionId)) as SessionJson;
    expect(after).to.include({ state: 'ended', endReason: 'operatorEnded', totalJoins: 3 });
    expect(after.endCompletedAt).to.be.a('number');
    const again = await stack.run('session', 'end', sessionId);
    expect(again).to.include({ code: 0, stderr: '' });
    expect(again.stdout).to.match(
      new RegExp(`^${sessionId} had ended before: .*, operatorEnded\\. Its end is complete`),
    );
  });

  it('says how many are not notified yet when the end takes longer than it waits', async () => {
    const { system } = stack;
    const { sessionId } = await system.broadcast('jael');
    await system.joined(sessionId, 'es');
    await system.stack.faults.set({
      rules: [{ call: { service: 'dynamodb', operation: 'Query', function: '*-deliverer' }, do: { error: 500 } }],
    });

    const { code, stdout, stderr } = await stack.run('session', 'end', sessionId, '--wait', '1');
    await system.stack.faults.clear();

    expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
    expect(stderr).to.match(/has ended, but its end is not complete yet: 1 listener of 1 not notified after 1 s\./);
    expect((await stack.run('session', 'list')).stdout).to.match(new RegExp(`^${sessionId} +ending `, 'm'));
  });

  it('says in one line that there is no such session', async () => {
    for (const action of ['show', 'end']) {
      const { code, stdout, stderr } = await stack.run('session', action, 'faithful-shepherd-427');
      expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
      expect(stderr).to.match(/^session: there is no session faithful-shepherd-427; .*\n$/);
    }
  });

  const wrong: readonly [args: readonly string[], line: RegExp][] = [
    [[], /^session: nothing is no action: use list, show, end \(--help lists the options\)$/],
    [['show', 'shepherd'], /^session: "shepherd" is no session ID: it looks like faithful-shepherd-427$/],
    [
      ['end', 'faithful-shepherd-427', '--wait', 'long'],
      /^session: --wait must be a whole number of seconds from 1 to 600/,
    ],
  ];
  for (const [args, line] of wrong) {
    it(`refuses: ${args.join(' ') || 'no action'}`, async () => {
      const { code, stdout, stderr } = await stack.run('session', ...args);
      expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
      expect(stderr.trimEnd()).to.match(line);
    });
  }

  it('explains itself', async () => {
    const { code, stdout } = await stack.run('session', '--help');
    expect(code).to.equal(0);
    expect(stdout)
      .to.match(/^Shows and ends sessions\.\n/)
      .and.include('--env <name>');
  });
});
