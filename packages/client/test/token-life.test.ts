import { expect } from 'chai';
import { failureOf } from './support/failure-of.ts';
import { ScriptedWorld } from './support/scripted-world.ts';
import { nextEvent } from './support/world.ts';

describe('a speaker’s token', () => {
  let world: ScriptedWorld;
  let asked: boolean[];
  beforeEach(async () => {
    world = await ScriptedWorld.start();
    asked = [];
  });
  afterEach(() => world.stop());

  /** Gives a token that lasts as long as the test says, once asked for the first time and once for a fresh one. */
  const tokens =
    ({ first, fresh }: { first: number; fresh: number }) =>
    ({ refresh }: { refresh: boolean }): string => {
      asked.push(refresh);
      return world.service.token('ruth', refresh ? fresh : first);
    };

  it('is replaced by a fresh one before it expires, on a new connection', async () => {
    const speaker = await world.speaker({ getToken: tokens({ first: 600, fresh: 36_000 }) }).start();
    const reasons: string[] = [];
    speaker.on('statechange', ({ to, reason }) => reasons.push(`${to}: ${reason}`));

    await world.pass(600_000);

    expect(reasons).to.deep.equal(['refreshing: the token expires soon', 'live: refreshed']);
    expect(asked).to.deep.equal([false, true]);
    await speaker.end();
    expect(world.service.session(speaker.sessionId)).to.include({ state: 'ended', reason: 'speakerEnded' });
  });

  it('is not asked for in a loop when only one that expires soon is to be had', async () => {
    const getToken = tokens({ first: 60, fresh: 60 });
    const token = getToken({ refresh: false });
    const speaker = await world
      .speaker({
        getToken: ({ refresh }) => {
          asked.push(refresh);
          return token;
        },
      })
      .start();

    await world.pass(59_000);

    expect(speaker.state).to.equal('live');
    expect(asked.length).to.be.within(3, 6);
  });

  it('is replaced when the service says that it has expired, and the action is repeated', async () => {
    const speaker = await world.speaker({ getToken: tokens({ first: 3600, fresh: 7200 }) }).start();
    world.service.script('endSession', { code: 'TOKEN_EXPIRED' });

    await world.meanwhile(speaker.end());

    expect(asked).to.deep.equal([false, true]);
    expect(world.service.messages('endSession')).to.have.length(2);
    expect(world.service.session(speaker.sessionId)).to.include({ state: 'ended', reason: 'speakerEnded' });
  });

  it('lets an action fail only if the fresh one has expired, too', async () => {
    const speaker = await world.speaker({ getToken: tokens({ first: 3600, fresh: 7200 }) }).start();
    world.service.script('setBroadcastState', { code: 'TOKEN_EXPIRED' }, { code: 'TOKEN_EXPIRED' });

    const failure = await world.meanwhile(failureOf(speaker.setBroadcastState({ muted: true })));

    expect(failure).to.include({ name: 'TokenExpiredError', code: 'TOKEN_EXPIRED' });
    expect(speaker.state).to.equal('live');
  });

  it('is replaced at once when the session cannot be created with it', async () => {
    world.service.script('createSession', { code: 'TOKEN_EXPIRED' });

    const speaker = await world.speaker({ getToken: tokens({ first: 3600, fresh: 7200 }) }).start();

    expect(speaker.state).to.equal('live');
    expect(asked).to.deep.equal([false, true]);
  });

  it('that cannot be checked now is no refused one: the session is created as soon as it can', async () => {
    world.service.canCheckTokens = false;
    const speaker = world.speaker({ getToken: tokens({ first: 3600, fresh: 7200 }) });
    const codes: string[] = [];
    speaker.on('retry', ({ error }) => codes.push(error.code));

    world.after(5000, () => {
      world.service.canCheckTokens = true;
    });
    await world.meanwhile(speaker.start());

    expect(new Set(codes)).to.deep.equal(new Set(['SERVICE_UNAVAILABLE']));
    expect(speaker.state).to.equal('live');
    // Each attempt on a connection of its own: only there is the token checked again.
    expect(world.service.handshakes).to.equal(codes.length + 1);
  });

  it('that cannot be checked now does not end a broadcast whose speaker comes back', async () => {
    const speaker = await world.speaker().start();
    world.service.canCheckTokens = false;
    const lost = nextEvent(speaker, 'statechange');
    world.service.members(speaker.sessionId, 'speaker')[0]?.socket.terminate();
    await lost;
    world.after(5000, () => {
      world.service.canCheckTokens = true;
    });
    await world.pass(15_000);

    expect(speaker.state).to.equal('live');
  });

  describe('in a browser, which sees of every refusal only that the handshake failed', () => {
    // Node.js's own WebSocket tells as little.
    const browser = { WebSocket: globalThis.WebSocket };

    it('is refused for good when a session is to be created', async () => {
      const getToken = () => world.service.token('nobody');

      const failure = await failureOf(world.speaker({ ...browser, getToken }).start());

      expect(failure).to.include({ name: 'TokenRefusedError', code: 'TOKEN_REFUSED' });
    });

    it('seems refused for five seconds, and the broadcast goes on', async () => {
      const speaker = await world.speaker(browser).start();
      world.service.refuseHandshake = (token) => (token === undefined ? undefined : 500);
      const lost = nextEvent(speaker, 'statechange');
      world.service.members(speaker.sessionId, 'speaker')[0]?.socket.terminate();
      await lost;
      world.after(5000, () => {
        world.service.refuseHandshake = () => undefined;
      });
      await world.pass(20_000);

      expect(speaker.state).to.equal('live');
    });

    it('is refused for good after ten seconds of that', async () => {
      const speaker = await world.speaker(browser).start();
      const failed = nextEvent<{ error: unknown }, 'failed'>(speaker, 'failed');
      world.service.refuseHandshake = (token) => (token === undefined ? undefined : 401);
      world.service.members(speaker.sessionId, 'speaker')[0]?.socket.terminate();

      expect((await world.meanwhile(failed)).error).to.include({ code: 'TOKEN_REFUSED' });
    });
  });
});
