import { expect } from 'chai';
import { refusal } from '../support/refusal.ts';
import { sampleListener, sampleSpeaker } from '../support/samples.ts';
import { setUp } from '../support/set-up.ts';

const listener = sampleListener({ connectedAt: 2_000_000, lastHeartbeatAt: 2_000_000 });
const beat = { connectionId: 'listener-1', connectedAt: 2_000_000 };

describe('heartbeat', () => {
  it('is acknowledged with the time, the echo, and the end of the connection', async () => {
    const { recordHeartbeat, clock, connections } = setUp({ connections: [listener] });
    clock.advance(30_000);
    expect(await recordHeartbeat({ ...beat, sentAt: 77 })).to.deep.equal({
      type: 'heartbeatAck',
      timestamp: 2_030_000,
      sentAt: 77,
      connectionExpiresAt: 9_200_000,
    });
    expect(connections.items.get('listener-1')?.lastHeartbeatAt).to.equal(2_030_000);
  });

  it('is refused on a connection without a role', async () => {
    const { recordHeartbeat, connections } = setUp();
    await refusal(recordHeartbeat(beat), 'NOT_IN_SESSION');
    expect(connections.items.size).to.equal(0);
  });

  it('at its interval is never refused, even when every other one is held up for most of it', async () => {
    const { recordHeartbeat, clock } = setUp({ connections: [listener] });
    for (let round = 0; round < 20; round++) {
      clock.advance(round % 2 === 0 ? 59_000 : 1_000);
      await recordHeartbeat(beat);
    }
  });

  it('twice as fast as its interval passes, and faster is refused with the time to wait', async () => {
    const { recordHeartbeat, clock, meter } = setUp({ connections: [listener] });
    for (let round = 0; round < 6; round++) {
      clock.advance(15_000);
      await recordHeartbeat(beat);
    }
    clock.advance(5_000);
    const error = await refusal(recordHeartbeat(beat), 'RATE_LIMIT_EXCEEDED');
    expect(error.retryAfterSeconds).to.equal(10);
    expect(meter.figures).to.deep.equal([['rateLimitExceeded', 'heartbeat']]);

    clock.advance(10_000);
    await recordHeartbeat(beat);
  });

  it('is acknowledged when the write went through and its repetition was refused', async () => {
    const { recordHeartbeat, clock, connections, meter } = setUp({ connections: [listener] });
    clock.advance(30_000);
    const { recordHeartbeat: write } = connections;
    connections.recordHeartbeat = async (change) => {
      await write(change);
      return write(change);
    };
    expect((await recordHeartbeat(beat)).timestamp).to.equal(2_030_000);
    expect(meter.figures).to.deep.equal([]);
  });

  describe('on a connection that has grown old', () => {
    const age = (milliseconds: number) => {
      const all = setUp({ connections: [listener, sampleSpeaker({ connectedAt: 2_000_000 })] });
      all.clock.advance(milliseconds);
      return all;
    };

    it('brings no reminder before its time', async () => {
      const { recordHeartbeat, push } = age(5_999_999);
      await recordHeartbeat(beat);
      expect(push.sent).to.deep.equal([]);
    });

    it('brings the request to move, every time', async () => {
      const { recordHeartbeat, push, clock } = age(6_000_000);
      await recordHeartbeat(beat);
      clock.advance(30_000);
      await recordHeartbeat(beat);
      const reminder = {
        to: 'listener-1',
        message: {
          type: 'connectionRefreshRequired',
          sessionId: 'faithful-shepherd-427',
          role: 'listener',
          targetLanguage: 'es',
          connectionExpiresAt: 9_200_000,
        },
      };
      expect(push.sent).to.deep.equal([reminder, reminder]);
    });

    it('brings the warning as well, later on, with the seconds that are left', async () => {
      const { recordHeartbeat, push } = age(6_300_500);
      await recordHeartbeat(beat);
      expect(push.typesTo('listener-1')).to.deep.equal(['connectionRefreshRequired', 'connectionWarning']);
      expect(push.sent[1]?.message).to.deep.equal({ type: 'connectionWarning', remainingSeconds: 899 });
    });

    it('warns of no time before none', async () => {
      const { recordHeartbeat, push } = age(7_300_000);
      await recordHeartbeat(beat);
      expect(push.sent[1]?.message).to.deep.equal({ type: 'connectionWarning', remainingSeconds: 0 });
    });

    it('tells a speaker too, without a language', async () => {
      const { recordHeartbeat, push } = age(6_000_000);
      await recordHeartbeat({ ...beat, connectionId: 'speaker-1' });
      expect(push.sent[0]?.message).to.deep.equal({
        type: 'connectionRefreshRequired',
        sessionId: 'faithful-shepherd-427',
        role: 'speaker',
        connectionExpiresAt: 9_200_000,
      });
    });

    it('is acknowledged even if the reminder cannot be delivered', async () => {
      const { recordHeartbeat, push } = age(6_300_000);
      push.failing.add('listener-1');
      expect((await recordHeartbeat(beat)).type).to.equal('heartbeatAck');
    });

    it('brings nothing once the client has moved', async () => {
      const { recordHeartbeat, push, connections } = age(6_300_000);
      await connections.supersede({
        connectionId: 'listener-1',
        sessionId: 'faithful-shepherd-427',
        supersededBy: 'listener-2',
      });
      expect((await recordHeartbeat(beat)).type).to.equal('heartbeatAck');
      expect(push.sent).to.deep.equal([]);
    });
  });
});
