import { expect } from 'chai';
import { ServiceError } from '../../src/protocol/index.ts';
import { speakerIdentity } from '../support/identities.ts';
import { refusal } from '../support/refusal.ts';
import { sampleListener, sampleSession, sampleSpeaker } from '../support/samples.ts';
import { type SetUp, setUp } from '../support/set-up.ts';

const id = 'faithful-shepherd-427';
const epoch = 1_000_000;

/** A session with a speaker and a listener, and messages in its log: published every second, the last one just now. */
async function room(
  counts: Readonly<Record<string, number>> = { es: 3, all: 1, speaker: 2, fr: 5 },
  options: SetUp = {},
) {
  const all = setUp({ sessions: [sampleSession()], connections: [sampleSpeaker(), sampleListener()], ...options });
  for (const [channel, count] of Object.entries(counts)) {
    const of = { sessionId: id, epoch, channel, keptUntil: 9_000_000 };
    for (let offset = 1; offset <= count; offset++) {
      const message = { offset, publishedAt: 2_000_000 - (count - offset) * 1000, data: offset };
      await all.messageLog.append({ ...of, message });
    }
    await all.messageLog.raiseHead({ ...of, head: { offset: count, recent: [] } });
  }
  return { ...all, replays: () => all.deliverer.accepted };
}
const replay = (connectionId: string, ...ranges: (readonly [string, number, number])[]) => ({
  task: 'replay',
  sessionId: id,
  connectionId,
  epoch,
  notBefore: 1_880_000,
  channels: ranges.map(([channel, after, upTo]) => ({ channel, after, upTo })),
});

describe('recover', () => {
  const recover = { connectionId: 'listener-1', epoch };

  it('hands what is missing to the deliverer, and says that all of it is held', async () => {
    const { recoverMessages, replays } = await room();

    expect(await recoverMessages({ ...recover, since: { es: 1, all: 0 } })).to.deep.equal({
      type: 'recovery',
      sessionId: id,
      state: 'active',
      revision: 1,
      broadcastState: { paused: false, muted: false, volume: 1 },
      epoch,
      positions: { es: 3, all: 1 },
      recovered: true,
    });
    expect(replays()).to.deep.equal([replay('listener-1', ['es', 1, 3], ['all', 0, 1])]);
  });

  it('starts no replay when nothing is missing', async () => {
    const { recoverMessages, replays } = await room();
    expect(await recoverMessages({ ...recover, since: { es: 3, all: 1 } })).to.include({ recovered: true });
    expect(replays()).to.deep.equal([]);
  });

  it('sends a speaker what is for the speaker and for all', async () => {
    const { recoverMessages, replays } = await room();
    const reply = await recoverMessages({ connectionId: 'speaker-1', epoch, since: { speaker: 1, all: 0, es: 0 } });
    expect(reply).to.deep.include({ positions: { speaker: 2, all: 1 }, recovered: true });
    expect(replays()).to.deep.equal([replay('speaker-1', ['speaker', 1, 2], ['all', 0, 1])]);
  });

  it('sends no listener the messages of another language, or of the speaker', async () => {
    const { recoverMessages, replays } = await room();
    const reply = await recoverMessages({ ...recover, since: { fr: 0, speaker: 0 } });
    expect(reply).to.deep.include({ positions: { es: 3, all: 1 }, recovered: true });
    expect(replays()).to.deep.equal([]);
  });

  it('says that some is lost when the first missing one is gone, and sends what there is', async () => {
    const { recoverMessages, replays, tables } = await room();
    tables.channels.get(`${id}#es`)?.messages.delete(2);
    expect(await recoverMessages({ ...recover, since: { es: 1, all: 1 } })).to.include({ recovered: false });
    expect(replays()).to.deep.equal([replay('listener-1', ['es', 1, 3])]);
  });

  it('holds messages for as long as the history is, even if one that is older has not been deleted yet', async () => {
    const { recoverMessages, clock } = await room();
    clock.advance(118_000);
    expect(await recoverMessages({ ...recover, since: { es: 0 } })).to.include({ recovered: true });
    clock.advance(1);
    expect(await recoverMessages({ ...recover, since: { es: 0 } })).to.include({ recovered: false });
    expect(await recoverMessages({ ...recover, since: { es: 1 } })).to.include({ recovered: true });
  });

  it('sends everything of this session to a client that knows an earlier one of its ID', async () => {
    const { recoverMessages, replays } = await room();
    const reply = await recoverMessages({ ...recover, epoch: 999_999, since: { es: 40 } });
    expect(reply).to.include({ epoch, recovered: false });
    expect(replays()).to.deep.equal([replay('listener-1', ['es', 0, 3], ['all', 0, 1])]);
  });

  it('says false to a client that has more than there is', async () => {
    const { recoverMessages, replays } = await room();
    const reply = await recoverMessages({ ...recover, since: { es: 4 } });
    expect(reply).to.deep.include({ positions: { es: 3, all: 1 }, recovered: false });
    expect(replays()).to.deep.equal([]);
  });

  it('never sends what is above the head: its publisher has not shown it to anybody', async () => {
    const { recoverMessages, replays, messageLog } = await room();
    const message = { offset: 4, publishedAt: 2_000_000, data: 'not raised yet' };
    await messageLog.append({ sessionId: id, epoch, channel: 'es', message, keptUntil: 9_000_000 });
    expect(await recoverMessages({ ...recover, since: { es: 2 } })).to.deep.include({ positions: { es: 3, all: 1 } });
    expect(replays()).to.deep.equal([replay('listener-1', ['es', 2, 3])]);
  });

  it('is answered though the deliverer takes no work: the client sees the gap, and asks again', async () => {
    const { recoverMessages, deliverer, failures } = await room();
    const error = new ServiceError('SERVICE_UNAVAILABLE', 'Lambda does not take the work now');
    deliverer.handOver = () => Promise.reject(error);
    const reply = await recoverMessages({ ...recover, since: { es: 1 } });
    expect(reply).to.deep.include({ positions: { es: 3, all: 1 }, recovered: true });
    expect(failures).to.deep.equal([error]);
  });

  it('says that the session has ended, and sends its last messages', async () => {
    const { recoverMessages, replays, sessions } = await room();
    await sessions.end({ sessionId: id, endedAt: 2_000_000, endReason: 'expired', only: { createdAt: epoch } });
    expect(await recoverMessages({ ...recover, since: { es: 2 } })).to.include({ state: 'ended', recovered: true });
    expect(replays()).to.have.length(1);
  });

  it('is limited for each connection, and counts no other one', async () => {
    const { recoverMessages, replays, meter } = await room({ es: 3 }, { recoveriesPerMinute: 2 });
    await recoverMessages({ ...recover, since: { es: 2 } });
    await recoverMessages({ ...recover, since: { es: 2 } });
    await refusal(recoverMessages({ ...recover, since: { es: 2 } }), 'RATE_LIMIT_EXCEEDED');
    expect(replays()).to.have.length(2);
    expect(meter.figures).to.deep.equal([['rateLimitExceeded', 'recover']]);
    await recoverMessages({ connectionId: 'speaker-1', epoch, since: { speaker: 0 } });
  });

  it('is limited by the messages that are asked for: each is a post', async () => {
    const { recoverMessages, replays, deliverer, sent, clock } = await room({ es: 100 }, { recoveriesPerMinute: 30 });
    const ask = (since: number) => recoverMessages({ ...recover, since: { es: since } });
    for (let asked = 0; asked < 6; asked++) await ask(0);
    await refusal(ask(99), 'RATE_LIMIT_EXCEEDED');
    expect(replays()).to.have.length(6);
    await deliverer.drain();
    expect(sent).to.have.length(600);

    clock.advance(60_000);
    for (let asked = 0; asked < 30; asked++) await ask(80);
    await refusal(ask(99), 'RATE_LIMIT_EXCEEDED');
  });

  it('may be asked three times for everything, however much that is', async () => {
    const { recoverMessages, messageLog } = await room({ es: 1 }, { recoveriesPerMinute: 30 });
    const of = { sessionId: id, epoch, channel: 'es', keptUntil: 9_000_000 };
    await messageLog.raiseHead({ ...of, head: { offset: 1_000_000, recent: [] } });
    const ask = () => recoverMessages({ ...recover, since: { es: 0 } });
    for (let asked = 0; asked < 3; asked++) await ask();
    await refusal(ask(), 'RATE_LIMIT_EXCEEDED');
  });

  it('is refused without a role, and when the record of the session has expired', async () => {
    const { recoverMessages, tables } = await room();
    await refusal(recoverMessages({ connectionId: 'new', epoch, since: { es: 0 } }), 'NOT_IN_SESSION');
    tables.partitionOf(id).stored = undefined;
    await refusal(recoverMessages({ ...recover, since: { es: 0 } }), 'NOT_IN_SESSION');
  });
});

describe('A client that says what it has', () => {
  const join = { connectionId: 'new', connectedAt: 1_990_000, addressHash: 'a', sessionId: id, targetLanguage: 'es' };
  const refresh = { ...join, identity: { kind: 'anonymous' }, role: 'listener' } as const;
  const bySpeaker = {
    connectionId: 'new',
    connectedAt: 1_990_000,
    identity: speakerIdentity(),
    sessionId: id,
    role: 'speaker',
  } as const;

  it('gets the rest when it joins', async () => {
    const { joinSession, replays } = await room();
    const reply = await joinSession({ ...join, epoch, since: { es: 2, all: 1 } });
    expect(reply).to.deep.include({ epoch, positions: { es: 3, all: 1 }, recovered: true });
    expect(replays()).to.deep.equal([replay('new', ['es', 2, 3])]);
  });

  it('gets the last messages when it is new and asks for them', async () => {
    const { joinSession, replays } = await room();
    expect(await joinSession({ ...join, rewind: 2 })).to.include({ recovered: true });
    expect(replays()).to.deep.equal([replay('new', ['es', 1, 3], ['all', 0, 1])]);
  });

  it('gets nothing when it is new and does not', async () => {
    const { joinSession, replays } = await room();
    const reply = await joinSession(join);
    expect(reply).to.deep.include({ positions: { es: 3, all: 1 } });
    expect(reply).to.not.have.property('recovered');
    expect(replays()).to.deep.equal([]);
  });

  it('gets nothing in a session that has ended when the place was taken, and gives the place back', async () => {
    const { joinSession, replays, sessions, messageLog, places } = await room();
    const { findSession } = messageLog;
    messageLog.findSession = async (...asked) => {
      await sessions.end({ sessionId: id, endedAt: 2_000_000, endReason: 'expired', only: { createdAt: epoch } });
      return findSession(...asked);
    };
    await refusal(joinSession({ ...join, epoch, since: { es: 0 } }), 'SESSION_NOT_FOUND');
    expect(replays()).to.deep.equal([]);
    expect(places().taken).to.equal(1);
  });

  it('gets the rest on its new connection', async () => {
    const { refreshConnection, replays } = await room();
    const reply = await refreshConnection({
      ...refresh,
      previousConnectionId: 'listener-1',
      place: '1000000#0',
      epoch,
      since: { es: 0, all: 0 },
    });
    expect(reply).to.deep.include({ positions: { es: 3, all: 1 }, recovered: true });
    expect(replays()).to.deep.equal([replay('new', ['es', 0, 3], ['all', 0, 1])]);
  });

  it('gets the rest as a speaker', async () => {
    const { refreshConnection, replays } = await room();
    const reply = await refreshConnection({ ...bySpeaker, epoch, since: { speaker: 1, all: 1 } });
    expect(reply).to.deep.include({ positions: { speaker: 2, all: 1 }, recovered: true });
    expect(replays()).to.deep.equal([replay('new', ['speaker', 1, 2])]);
  });

  it('is told what is lost, there as well', async () => {
    const { refreshConnection, tables } = await room();
    tables.channels.get(`${id}#speaker`)?.messages.clear();
    const reply = await refreshConnection({ ...bySpeaker, epoch, since: { speaker: 1 } });
    expect(reply).to.include({ recovered: false });
  });

  for (const [what, ask] of [
    ['joins', ({ joinSession }) => joinSession({ ...join, epoch, since: { es: 2 } })],
    [
      'refreshes',
      ({ refreshConnection }) =>
        refreshConnection({ ...refresh, previousConnectionId: 'listener-1', epoch, since: { es: 2 } }),
    ],
    [
      'refreshes as a speaker',
      ({ refreshConnection }) =>
        refreshConnection({ ...bySpeaker, previousConnectionId: 'speaker-1', epoch, since: { speaker: 1 } }),
    ],
  ] as readonly (readonly [
    string,
    (all: Awaited<ReturnType<typeof room>>) => Promise<{ recovered?: boolean | undefined }>,
  ])[]) {
    it(`and ${what} once more on the same connection gets the same answer, and no second replay`, async () => {
      const all = await room();
      const first = await ask(all);
      expect(first.recovered).to.equal(true);
      expect(await ask(all)).to.deep.equal(first);
      expect(all.replays()).to.have.length(1);
    });
  }

  it('without the epoch is refused before anything is done', async () => {
    const { joinSession, refreshConnection, places, connection } = await room();
    const error = await refusal(joinSession({ ...join, since: { es: 1 } }), 'INVALID_PARAMETERS');
    expect(error.details).to.deep.equal([
      { field: 'epoch', problem: 'is missing: send the epoch of the last reply with since' },
    ]);
    const asked = { ...refresh, previousConnectionId: 'listener-1', since: { es: 1 } };
    await refusal(refreshConnection(asked), 'INVALID_PARAMETERS');
    expect(places().taken).to.equal(1);
    expect(connection('listener-1')).to.not.equal(undefined);
  });
});

describe('The positions of', () => {
  it('a change of language are those of its new channels', async () => {
    const { changeLanguage } = await room();
    const reply = await changeLanguage({ connectionId: 'listener-1', targetLanguage: 'fr' });
    expect(reply).to.deep.include({ epoch, positions: { fr: 5, all: 1 } });
  });

  it('a session that is asked for once more on the connection of its speaker are those of now', async () => {
    const { createSession } = await room();
    const request = {
      connectionId: 'speaker-1',
      connectedAt: 1_000_000,
      identity: speakerIdentity(),
      sourceLanguage: 'en',
    };
    expect(await createSession(request)).to.deep.include({ epoch, positions: { speaker: 2, all: 1 } });
  });

  it('a session whose ID was used before are none', async () => {
    const later = sampleSession({ createdAt: 1_500_000 });
    const listener = sampleListener({ placeShard: '1500000#0' });
    const { changeLanguage } = await room({ es: 3, all: 1 }, { sessions: [later], connections: [listener] });
    const reply = await changeLanguage({ connectionId: 'listener-1', targetLanguage: 'es' });
    expect(reply).to.deep.include({ epoch: 1_500_000, positions: { es: 0, all: 0 } });
  });
});
