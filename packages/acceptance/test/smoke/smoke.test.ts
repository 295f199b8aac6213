import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { expect } from 'chai';
import { leaveOutWhenFast } from '../../../../scripts/tools/need-tools.ts';
import { type System, startSystem } from '../../src/index.ts';
import { failuresOf, smoke } from './command.ts';
import { type Lie, startLiar } from './liar.ts';

describe('The smoke test', () => {
  let system: System;
  let token: string;

  before(async function () {
    leaveOutWhenFast(this, 'the smoke test');
    // Three rounds of heartbeats pass in less than a second.
    system = await startSystem({
      heartbeat_interval_seconds: '0.1',
      rate_limit_heartbeats_per_min: '6000',
      max_listeners_per_session: '4',
      // Each run makes three.
      rate_limit_wrong_ids_per_min: '1000',
    });
    token = await system.token({ username: 'deborah' });
  });
  after(() => system?.stop());

  const against = (url: string, ...args: string[]) => smoke(['--url', url, ...args], { SMOKE_TOKEN: token });

  /** Whoever leaves a session behind leaves listeners waiting. */
  async function expectNothingLeft(): Promise<void> {
    await system.settled();
    expect((await system.sessions()).filter(({ state }) => state !== 'ended')).to.deep.equal([]);
    expect(await system.connections()).to.deep.equal([]);
  }

  async function withLie<T>(lie: Lie, work: (url: string) => Promise<T>): Promise<T> {
    const liar = await startLiar(system.stack.webSocketUrl, lie);
    try {
      return await work(liar.url);
    } finally {
      await liar.stop();
    }
  }

  it('finds a service that does everything right to be right', async () => {
    const { code, stdout } = await against(system.stack.webSocketUrl, '--json', '--listeners', '3', '--rounds', '3');

    const { ok, failures, latencies, checks } = JSON.parse(stdout);
    expect(failures).to.deep.equal([]);
    expect({ ok, code }).to.deep.equal({ ok: true, code: 0 });
    expect(checks).to.be.greaterThan(40);
    const counts = Object.entries<{ count: number }>(latencies).map(([name, { count }]) => [name, count]);
    expect(Object.fromEntries(counts)).to.deep.equal({
      'refused connect': 2,
      connect: 7, // a stranger, the speaker and three listeners; two of them move
      'refused message': 24, // twelve of a stranger, four of a listener, three in the session, and five when all is over
      createSession: 1,
      joinSession: 4,
      heartbeat: 14, // four of them three times, and two after they have moved
      changeLanguage: 2,
      setBroadcastState: 2,
      publish: 3, // to everybody, to a language, and that again
      recover: 1,
      refreshConnection: 2,
      getSessionStatus: 2,
      endSession: 1,
      'sessionEnded push': 3,
      'message push': 5, // three listeners and the speaker, and one of a language
    });
    expect(latencies.heartbeat).to.have.keys('count', 'p50Ms', 'p95Ms', 'p99Ms');
    await expectNothingLeft();
  });

  it('prints a table, a last line that counts, and no token', async () => {
    const { code, stdout, stderr } = await against(system.stack.webSocketUrl, '--listeners', '1');

    expect(code).to.equal(0);
    expect(stdout).to.match(/ +count +p50 ms +p95 ms +p99 ms\n/);
    expect(stdout).to.match(/\ncreateSession +1 +[\d.]+ +[\d.]+ +[\d.]+\n/);
    expect(stdout.trimEnd()).to.match(/\nsmoke: ws:\/\/127\.0\.0\.1:\d+\/dev: \d+ checks, all as they should be$/);
    expect(stdout + stderr).to.not.include(token.slice(0, 20));
  });

  it('starts a service of its own where it is told of none', async () => {
    const { code, stdout } = await smoke(['--listeners', '1', '--json']);

    const { url, failures } = JSON.parse(stdout);
    expect(failures).to.deep.equal([]);
    expect(code).to.equal(0);
    expect(url)
      .to.match(/^ws:\/\/127\.0\.0\.1:\d+\/dev$/)
      .and.not.equal(system.stack.webSocketUrl);
  });

  it('ends the session also when it could not go on', async () => {
    const ended = await against(system.stack.webSocketUrl, '--listeners', '5');

    expect(ended.code).to.equal(1);
    expect(failuresOf(ended)).to.have.lengthOf(1);
    expect(failuresOf(ended)[0]).to.match(
      /^listener 5: reply to joinSession: should be sessionJoined, and is .*"code":"SESSION_FULL"/,
    );
    await expectNothingLeft();
  });

  const lies: Record<string, { lie: Lie; failure: RegExp }> = {
    'counts listeners wrongly': {
      lie: (message) => [message.type === 'sessionJoined' ? { ...message, listenerCount: 7 } : message],
      failure: /^listener 1: reply to joinSession: listenerCount is 7, and should be 1$/,
    },
    'tells a listener the end twice': {
      lie: (message) => (isPushedEnd(message) ? [message, message] : [message]),
      failure: /^listener 2: was told 2 times that the session ended, and should be once$/,
    },
    'tells listeners another end': {
      lie: (message) => [isPushedEnd(message) ? { ...message, reason: 'speakerLost' } : message],
      failure: /^listener 2: push: reason is "speakerLost", and should be "speakerEnded"$/,
    },
    'tells listeners no end': {
      lie: (message) => (isPushedEnd(message) ? [] : [message]),
      failure: /^listener 2: no sessionEnded within 1 s$/,
    },
    'leaves a message without a reply': {
      lie: (message) => (message.type === 'heartbeatAck' ? [] : [message]),
      failure: /^speaker: no reply to heartbeat within 1 s/,
    },
    'answers in place of the function': {
      lie: (message) =>
        message.type === 'sessionCreated'
          ? [{ message: 'Internal server error', connectionId: 'x=', requestId: 'gateway' }]
          : [message],
      failure: /^speaker: reply to createSession: should be sessionCreated, and is \{"message":"Internal server error"/,
    },
    'forgets whose request it answers': {
      lie: ({ requestId, ...message }) => [
        message.type === 'error' ? message : { ...message, ...(requestId ? { requestId } : {}) },
      ],
      failure: /^stranger: no reply to sing within 1 s; instead came \[\{"type":"error","code":"INVALID_ACTION"/,
    },
    'pushes what nobody expects': {
      lie: (message) => (message.type === 'heartbeatAck' ? [{ type: 'sessionResumed' }, message] : [message]),
      failure: /^speaker: got \{"type":"sessionResumed"\}, which nobody expected$/,
    },
    'pushes a wrong status': {
      lie: (message) =>
        message.type === 'heartbeatAck'
          ? [{ ...statusOf(message), state: 'lost', listenersByLanguage: { tlh: 1 } }, message]
          : [message],
      failure: /^speaker: push of sessionStatus: state is "lost", and should be "active"$/,
    },
    'sends what is no JSON': {
      lie: (message) => (message.type === 'sessionCreated' ? ['hello'] : [message]),
      failure: /^speaker: reply to createSession: should be sessionCreated, and is \{"notAnObject":"hello"\}$/,
    },
    'loses a message': {
      lie: (message) => (isMessageTo('es', message) ? [] : [message]),
      failure: /^listener 1: no message 1 to es within 1 s$/,
    },
    'delivers a message twice': {
      lie: (message) => (isMessageTo('all', message) ? [message, message] : [message]),
      failure: /^speaker: got \{"type":"message","channel":"all",.*\}, which nobody expected$/,
    },
    'delivers other data': {
      lie: (message) => [isMessageTo('es', message) ? { ...message, data: { text: 'Buenos dias' } } : message],
      failure: /^listener 1: message to es: data is \{"text":"Buenos dias"\}, and should be \{"text":"Buenos días",/,
    },
    'counts those who got a message wrongly': {
      lie: (message) => [message.type === 'messagePublished' ? { ...message, delivered: 9 } : message],
      failure: /^speaker: reply to publish: delivered is 9, and should be 3$/,
    },
    'gives a message that is repeated another place': {
      lie: (message) => [message.repeated === true ? { ...message, repeated: false, offset: 2 } : message],
      failure: /^speaker: reply to publish: offset is 2, and should be 1$/,
    },
    'says that a message is lost': {
      lie: (message) => [message.type === 'recovery' ? { ...message, recovered: false } : message],
      failure: /^listener 1: reply to recover: recovered is false, and should be true$/,
    },
    'replays nothing of what it says': {
      // The first is the message itself, the second its repetition.
      lie: exceptNth(3, (message) => isMessageTo('es', message)),
      failure: /^listener 1: no message 1 to es within 1 s$/,
    },
    'loses what was missed during a refresh': {
      lie: exceptNth(4, (message) => isMessageTo('es', message)),
      failure: /^listener 1, refreshed: no message 1 to es within 1 s$/,
    },
    'numbers messages anew': {
      lie: (message) => [message.type === 'sessionJoined' ? { ...message, epoch: 1 } : message],
      failure: /^listener 1: reply to joinSession: epoch is 1, and should be \d{13}$/,
    },
    'adds a field': {
      lie: (message) => [message.type === 'heartbeatAck' ? { ...message, debug: true } : message],
      failure: /^speaker: reply to heartbeat: debug is true, and should not be there$/,
    },
  };
  for (const [name, { lie, failure }] of Object.entries(lies)) {
    it(`notices a service that ${name}`, async () => {
      const ended = await withLie(lie, (url) => against(url, '--listeners', '2', '--timeout', '1'));

      expect(ended.code).to.equal(1);
      expect(
        failuresOf(ended).some((line) => failure.test(line)),
        ended.stdout,
      ).to.equal(true);
      await expectNothingLeft();
    });
  }

  it('notices a service that lets anybody in', async () => {
    const everyone = await startSystem();
    try {
      // A gateway whose authorizer is never asked would do the same as one that gets a good token each time.
      const good = await everyone.token({ username: 'barak' });
      const liar = await startLiar(everyone.stack.webSocketUrl, (message) => [message], [
        'session.v1',
        `bearer.${good}`,
      ]);
      const ended = await against(liar.url, '--listeners', '1');
      await liar.stop();

      expect(ended.code).to.equal(1);
      expect(failuresOf(ended).slice(0, 2)).to.deep.equal([
        'somebody with a token of garbage: was let in, and should be refused with 401',
        "somebody with the speaker's token and another signature: was let in, and should be refused with 401",
      ]);
    } finally {
      await everyone.stop();
    }
  });

  it('says what is wrong with a token that the service refuses', async () => {
    const expired = await system.token({ username: 'deborah', expiresInSeconds: -60 });
    const ended = await smoke(['--url', system.stack.webSocketUrl], { SMOKE_TOKEN: expired });

    expect(ended.code).to.equal(1);
    expect(failuresOf(ended)).to.deep.equal([
      'speaker: the handshake was refused with 401: the token is not one of this service, or has expired',
    ]);
  });

  describe('where there is no service', () => {
    let silent: Server;
    before(async () => {
      silent = createServer(); // takes a connection and says nothing
      silent.listen(0, '127.0.0.1');
      await once(silent, 'listening');
    });
    after(() => silent.close());

    const portOf = (server: Server) => (server.address() as { port: number }).port;

    it('waits no longer than it may', async () => {
      const ended = await against(`ws://127.0.0.1:${portOf(silent)}/dev`, '--timeout', '1');
      expect(ended.code).to.equal(1);
      expect(failuresOf(ended)).to.deep.equal([
        'somebody with a token of garbage: could not connect: Opening handshake has timed out',
      ]);
    });

    it('says that nobody is there', async () => {
      const closed = createServer();
      closed.listen(0, '127.0.0.1');
      await once(closed, 'listening');
      const port = portOf(closed);
      closed.close();
      await once(closed, 'close');
      const ended = await against(`ws://127.0.0.1:${port}/dev`);
      expect(ended.code).to.equal(1);
      expect(failuresOf(ended)[0]).to.match(/could not connect: connect ECONNREFUSED 127\.0\.0\.1:\d+$/);
    });
  });
});

type Message = Readonly<Record<string, unknown>>;

const isMessageTo = (channel: string, message: Message): boolean =>
  message.type === 'message' && message.channel === channel;

/** Tells everything but the n-th message that is meant. */
function exceptNth(n: number, isMeant: (message: Message) => boolean): Lie {
  let count = 0;
  return (message) => (isMeant(message) && ++count === n ? [] : [message]);
}

const statusOf = ({ timestamp }: Readonly<Record<string, unknown>>) => ({ type: 'sessionStatus', timestamp });

const isPushedEnd = (message: Readonly<Record<string, unknown>>): boolean =>
  message.type === 'sessionEnded' && message.requestId === undefined;
