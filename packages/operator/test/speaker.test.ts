import { expect } from 'chai';
import { leaveOutWhenFast } from '../../../scripts/tools/need-tools.ts';
import { endCommands, LIMIT_MS, type Surroundings, setUp } from './set-up.ts';

describe('npm run speaker', function () {
  this.timeout(LIMIT_MS);
  let stack: Surroundings;

  before(async function () {
    leaveOutWhenFast(this, 'the operators’ commands on speakers');
    stack = await setUp();
  });
  afterEach(endCommands);
  after(() => stack?.stop());

  it('denies a user: sessions end, no new one begins; and allows it again', async () => {
    const { system } = stack;
    const { sessionId, speaker } = await system.broadcast('deborah');
    const listener = await system.joined(sessionId, 'es');
    const [session] = (await stack.ask('session', 'list')) as { speaker: { userId: string } }[];
    const userId = String(session?.speaker.userId);

    const denied = await stack.run('speaker', 'deny', userId);

    expect(denied.stderr).to.equal('');
    expect(denied.stdout).to.equal(`${userId} may not speak any more. Ended: ${sessionId}.\n`);
    expect(await listener.next('sessionEnded')).to.include({ reason: 'operatorEnded' });
    expect(await speaker.next('sessionEnded')).to.include({ reason: 'operatorEnded' });
    const create = { action: 'createSession', sourceLanguage: 'en' };
    const refused = await (await system.speaker('deborah')).request(create);
    expect(refused).to.include({ type: 'error', code: 'SPEAKER_DENIED' });
    expect((await (await system.speaker('barak')).request(create)).type).to.equal('sessionCreated');

    expect(await stack.ask('speaker', 'allow', userId)).to.deep.equal({ userId, denied: false });
    expect((await (await system.speaker('deborah')).request(create)).type).to.equal('sessionCreated');
  });

  it('says that a user had no session, which may be a wrong ID', async () => {
    expect((await stack.run('speaker', 'deny', 'nobody-at-all')).stdout).to.equal(
      'nobody-at-all may not speak any more. No session was open.\n',
    );
    expect(await stack.ask('speaker', 'deny', 'nobody-at-all')).to.deep.equal({
      userId: 'nobody-at-all',
      denied: true,
      ended: [],
    });
  });

  it('refuses what is no user ID', async () => {
    const { code, stderr } = await stack.run('speaker', 'deny', 'two words');
    expect(code).to.equal(2);
    expect(stderr).to.equal('speaker: "two words" is no user ID: one word, as npm run session -- show prints it\n');
  });
});
