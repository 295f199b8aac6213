import { expect } from 'chai';
import { type ErrorCode, ServiceError } from '../../src/protocol/index.ts';
import { sampleListener, sampleSession, sampleSpeaker } from '../support/samples.ts';
import { type Everything, setUp } from '../support/set-up.ts';

const room = () => setUp({ sessions: [sampleSession()], connections: [sampleSpeaker(), sampleListener()] });

/** Charges refusals with these codes, one after the other. @returns what became of each */
async function charge(
  { connectionBudget }: Everything,
  codes: readonly ErrorCode[],
  { connectionId = 'listener-1', connectedAt = 1_999_000 } = {},
) {
  const verdicts: string[] = [];
  for (const code of codes) {
    const error = new ServiceError(code, 'no');
    const verdict = await connectionBudget.charge({ connectionId, connectedAt, error });
    verdicts.push(`${verdict.error.code}${verdict.isClosed ? ', closed' : ''}`);
  }
  return verdicts;
}
const times = (count: number, code: ErrorCode) => Array.from({ length: count }, () => code);

describe('The budget of a connection', () => {
  it('is used up by the third wrong session ID, which is answered, and then the connection closes', async () => {
    expect(await charge(room(), times(3, 'SESSION_NOT_FOUND'))).to.deep.equal([
      'SESSION_NOT_FOUND',
      'SESSION_NOT_FOUND',
      'SESSION_NOT_FOUND, closed',
    ]);
  });

  it('is used up by the 60th refusal in a minute, which says so, with the time to wait', async () => {
    const all = room();
    const verdicts = await charge(all, times(59, 'INVALID_PARAMETERS'));
    expect(new Set(verdicts)).to.deep.equal(new Set(['INVALID_PARAMETERS']));

    const error = new ServiceError('INVALID_PARAMETERS', 'no');
    const last = await all.connectionBudget.charge({ connectionId: 'listener-1', connectedAt: 1_999_000, error });

    expect(last.isClosed).to.equal(true);
    expect(last.error).to.include({ code: 'RATE_LIMIT_EXCEEDED', retryAfterSeconds: 40 });
    expect(all.meter.figures).to.deep.equal([['rateLimitExceeded', 'connectionBudget']]);
  });

  it('is charged 20 for a wrong ID and 1 for anything else', async () => {
    const verdicts = await charge(room(), [
      'SESSION_NOT_FOUND',
      ...times(19, 'RATE_LIMIT_EXCEEDED'),
      'SESSION_NOT_FOUND',
      'FORBIDDEN',
    ]);
    expect(verdicts.slice(-3)).to.deep.equal([
      'RATE_LIMIT_EXCEEDED',
      'SESSION_NOT_FOUND',
      'RATE_LIMIT_EXCEEDED, closed',
    ]);
  });

  it('keeps on closing what goes on after that', async () => {
    const all = room();
    await charge(all, times(60, 'INVALID_ACTION'));
    expect(await charge(all, ['INVALID_ACTION', 'SESSION_NOT_FOUND'])).to.deep.equal([
      'RATE_LIMIT_EXCEEDED, closed',
      'SESSION_NOT_FOUND, closed',
    ]);
  });

  it('is a fresh one in the next minute, and every connection has its own', async () => {
    const all = room();
    await charge(all, times(59, 'FORBIDDEN'));
    expect(await charge(all, ['FORBIDDEN'], { connectionId: 'listener-2' })).to.deep.equal(['FORBIDDEN']);
    all.clock.advance(40_000);
    expect(await charge(all, ['FORBIDDEN'])).to.deep.equal(['FORBIDDEN']);
  });

  it('allows three wrong IDs whatever its size', async () => {
    for (const refusalsPerMinute of [3, 5, 100]) {
      const all = setUp({ refusalsPerMinute });
      expect(await charge(all, times(3, 'SESSION_NOT_FOUND')), String(refusalsPerMinute)).to.deep.equal([
        'SESSION_NOT_FOUND',
        'SESSION_NOT_FOUND',
        'SESSION_NOT_FOUND, closed',
      ]);
    }
  });

  it('is not charged for our own faults', async () => {
    const verdicts = await charge(room(), [...times(70, 'SERVICE_UNAVAILABLE'), ...times(70, 'INTERNAL_ERROR')]);
    expect(verdicts.filter((verdict) => verdict.includes('closed'))).to.deep.equal([]);
  });

  it('never closes anything while the counters cannot be reached', async () => {
    const all = room();
    all.limiter.count = async () => ({ count: 0, secondsLeft: 1 });
    const verdicts = await charge(all, times(70, 'SESSION_NOT_FOUND'));
    expect(verdicts.filter((verdict) => verdict.includes('closed'))).to.deep.equal([]);
  });

  describe('of a connection without a role', () => {
    const at = (ageMs: number) => ({ connectionId: 'new', connectedAt: 2_000_000 - ageMs });

    it('ends with the first refused message after 120 s', async () => {
      expect(await charge(room(), ['NOT_IN_SESSION'], at(120_001))).to.deep.equal(['NOT_IN_SESSION, closed']);
    });

    it('and not before', async () => {
      expect(await charge(room(), ['NOT_IN_SESSION'], at(120_000))).to.deep.equal(['NOT_IN_SESSION']);
    });

    it('while one with a role may be old', async () => {
      expect(await charge(room(), ['RATE_LIMIT_EXCEEDED'], at(7_000_000))).to.deep.equal(['RATE_LIMIT_EXCEEDED']);
    });
  });

  describe('when it closes a connection', () => {
    it('removes what it held first, and then the socket', async () => {
      const all = room();
      const order: string[] = [];
      const { releasePlace } = all.sessions;
      all.sessions.releasePlace = (listener) => {
        order.push('release');
        return releasePlace(listener);
      };
      const { close } = all.push;
      all.push.close = (connectionId) => {
        order.push('close');
        return close(connectionId);
      };
      await all.connectionBudget.close('listener-1');
      expect(order).to.deep.equal(['release', 'close']);
      expect(all.places().taken).to.equal(0);
      expect(all.closed).to.deep.equal(['listener-1']);
    });

    it('leaves nothing for $disconnect to do', async () => {
      const all = room();
      await all.connectionBudget.close('listener-1');
      await all.disconnect('listener-1', 1000);
      expect(all.places().taken).to.equal(0);
    });

    it('lets the session of a speaker wait for it', async () => {
      const all = room();
      await all.connectionBudget.close('speaker-1');
      expect(all.session()?.state).to.equal('interrupted');
      await all.disconnect('speaker-1', 1000);
      expect(all.session()?.state).to.equal('interrupted');
    });

    it('closes one without a role as well', async () => {
      const all = room();
      all.push.open('new');
      await all.connectionBudget.close('new');
      expect(all.closed).to.deep.equal(['new']);
    });
  });
});
