import { expect } from 'chai';
import { ChannelReceiver, type ChannelRecovery } from '../src/channel-receiver.ts';
import { refusalError } from '../src/errors.ts';
import type { ReceivedMessage } from '../src/types.ts';
import { ManualClock } from './support/manual-clock.ts';

const message = (offset: number): ReceivedMessage => ({
  channel: 'es',
  epoch: 1,
  offset,
  publishedAt: 1_800_000_000_000,
  data: offset,
});

/** A receiver, what it does, and answers that a test gives to what it asks. */
function setUp({ position = 0, draw = 0 } = {}) {
  const clock = new ManualClock();
  const heard: number[] = [];
  const lost: (readonly [number, number])[] = [];
  const asked: number[] = [];
  const answers: { resolve: (recovery: ChannelRecovery) => void; reject: (error: Error) => void }[] = [];
  const receiver = new ChannelReceiver({
    position,
    clock,
    random: () => draw,
    onMessage: ({ offset }) => heard.push(offset),
    onLost: (from, to) => lost.push([from, to]),
    recover: (since) => {
      asked.push(since);
      return new Promise((resolve, reject) => answers.push({ resolve, reject }));
    },
  });
  const accept = (...offsets: number[]) => {
    for (const offset of offsets) receiver.accept(message(offset));
  };
  /** Answers the oldest question, and lets what follows from it happen. */
  const answer = async (recovery: ChannelRecovery | Error) => {
    const next = answers.shift();
    if (recovery instanceof Error) next?.reject(recovery);
    else next?.resolve(recovery);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { receiver, clock, heard, lost, asked, accept, answer };
}

describe('the receiver of a channel', () => {
  it('delivers each message once, in order, from its position on', () => {
    const { accept, heard, receiver } = setUp({ position: 3 });

    accept(2, 3, 4, 4, 6, 5, 6, 5, 7);

    expect(heard).to.deep.equal([4, 5, 6, 7]);
    expect(receiver.position).to.equal(7);
  });

  it('asks for nothing when what was overtaken comes within the hold', () => {
    const { accept, heard, asked, clock } = setUp();

    accept(2);
    clock.advance(299);
    accept(1);
    clock.advance(60_000);

    expect(heard).to.deep.equal([1, 2]);
    expect(asked).to.deep.equal([]);
  });

  it('asks for what is missing after the hold, which chance makes up to twice as long', () => {
    const early = setUp();
    const late = setUp({ draw: 0.999 });
    for (const { accept } of [early, late]) accept(1, 3);

    for (const { clock } of [early, late]) clock.advance(300);
    expect([early.asked, late.asked]).to.deep.equal([[1], []]);
    late.clock.advance(300);

    expect(late.asked).to.deep.equal([1]);
  });

  it('holds each gap for its own time', () => {
    const { accept, asked, clock } = setUp();

    accept(2);
    clock.advance(200);
    accept(1, 4);
    clock.advance(299);

    expect(asked).to.deep.equal([]);
    clock.advance(1);
    expect(asked).to.deep.equal([2]);
  });

  it('gives a message that only a heartbeat tells of the time of its fan-out', async () => {
    const { receiver, accept, answer, heard, asked, clock } = setUp({ position: 4 });

    receiver.expect(5);
    clock.advance(2799);
    expect(asked).to.deep.equal([]);
    clock.advance(1);
    expect(asked).to.deep.equal([4]);
    await answer({ head: 5, recovered: true });
    accept(5);

    expect(heard).to.deep.equal([5]);
  });

  it('waits the short hold once a later message shows the same gap', () => {
    const { receiver, accept, asked, clock } = setUp({ position: 4 });

    receiver.expect(5);
    accept(6);
    clock.advance(300);

    expect(asked).to.deep.equal([4]);
  });

  it('waits for the replay as long as it goes on, and asks again when it stops', async () => {
    const { accept, answer, heard, asked, clock } = setUp();
    accept(5);
    clock.advance(300);
    await answer({ head: 5, recovered: true });

    clock.advance(3999);
    accept(1);
    clock.advance(3999);
    accept(2);
    expect(asked).to.deep.equal([0]);
    clock.advance(4000);
    expect(asked).to.deep.equal([0, 2]);
    await answer({ head: 5, recovered: true });
    accept(3, 4);

    expect(heard).to.deep.equal([1, 2, 3, 4, 5]);
  });

  it('skips what does not come after three requests, with growing patience, and says so', async () => {
    const { accept, answer, heard, lost, asked, clock } = setUp();
    accept(3);
    clock.advance(300);
    for (const patienceMs of [4000, 8000, 16_000]) {
      await answer({ head: 3, recovered: true });
      expect(heard).to.deep.equal([]);
      clock.advance(patienceMs);
    }

    expect(asked).to.deep.equal([0, 0, 0]);
    expect(lost).to.deep.equal([[1, 2]]);
    expect(heard).to.deep.equal([3]);
  });

  it('skips to the replay when the service does not hold all, as soon as that is complete', async () => {
    const { accept, answer, heard, lost, clock } = setUp({ position: 3 });
    accept(10);
    clock.advance(300);
    await answer({ head: 9, recovered: false });

    accept(7, 8);
    clock.advance(1000);
    expect(heard).to.deep.equal([]);
    accept(9);
    clock.advance(300);

    expect(lost).to.deep.equal([[4, 6]]);
    expect(heard).to.deep.equal([7, 8, 9, 10]);
  });

  it('does not take the last message for a replay that has not begun', async () => {
    const { receiver, accept, heard, lost, clock } = setUp({ position: 3 });
    receiver.answered({ head: 9, recovered: false });

    accept(9);
    clock.advance(3000);
    accept(7, 8);
    clock.advance(300);

    expect(lost).to.deep.equal([[4, 6]]);
    expect(heard).to.deep.equal([7, 8, 9]);
  });

  it('goes on with the next message when the service holds nothing of what was missed', async () => {
    const { receiver, accept, answer, heard, lost, asked, clock } = setUp({ position: 3 });
    receiver.answered({ head: 9, recovered: false });
    clock.advance(4000);
    await answer({ head: 9, recovered: false });
    clock.advance(4000);

    expect(asked).to.deep.equal([3]);
    expect(lost).to.deep.equal([[4, 9]]);
    accept(10);
    expect(heard).to.deep.equal([10]);
  });

  it('does as the service asks when a request is refused', async () => {
    const { accept, answer, asked, clock } = setUp();
    accept(2);
    clock.advance(300);

    await answer(refusalError({ code: 'RATE_LIMIT_EXCEEDED', message: 'm', retryAfter: 20 }));
    clock.advance(19_999);
    expect(asked).to.deep.equal([0]);
    clock.advance(1);

    expect(asked).to.deep.equal([0, 0]);
  });

  it('does so as well while more messages come', async () => {
    const { accept, answer, asked, heard, clock } = setUp();
    accept(2);
    clock.advance(300);
    await answer(refusalError({ code: 'RATE_LIMIT_EXCEEDED', message: 'm', retryAfter: 20 }));

    for (const offset of [4, 5, 1, 7, 8]) {
      accept(offset);
      clock.advance(3999);
    }
    expect(asked).to.deep.equal([0]);
    clock.advance(5);

    expect(asked).to.deep.equal([0, 2]);
    expect(heard).to.deep.equal([1, 2]);
  });

  it('spreads those who are refused at the same moment', async () => {
    const { accept, answer, asked, clock } = setUp({ draw: 0.5 });
    accept(2);
    clock.advance(450);
    await answer(refusalError({ code: 'SERVICE_UNAVAILABLE', message: 'm' }));
    clock.advance(5999);
    expect(asked).to.deep.equal([0]);
    clock.advance(1);
    expect(asked).to.deep.equal([0, 0]);
  });

  it('delivers what waits when the service cannot be asked, and keeps it no longer', async () => {
    const { accept, answer, asked, heard, lost, clock } = setUp();
    accept(2);
    clock.advance(300);
    for (let refusals = 1; refusals <= 4; refusals++) {
      expect(heard).to.deep.equal([]);
      await answer(refusalError({ code: 'INTERNAL_ERROR', message: 'm' }));
      accept(2 + refusals);
      clock.advance(4000);
    }
    expect(asked).to.deep.equal([0, 0, 0, 0]);
    expect(lost).to.deep.equal([[1, 1]]);
    expect(heard).to.deep.equal([2, 3, 4, 5, 6]);
  });

  it('goes on asking for a last message while the service cannot be asked: nothing waits for it', async () => {
    const { receiver, answer, asked, lost, clock } = setUp();
    receiver.expect(1);
    clock.advance(2800);
    for (let refusals = 1; refusals <= 6; refusals++) {
      await answer(refusalError({ code: 'INTERNAL_ERROR', message: 'm' }));
      clock.advance(4000);
    }
    expect(asked).to.have.length(7);
    expect(lost).to.deep.equal([]);
  });

  it('asks for the next gap while the answer about the last one is on its way, and ignores that', async () => {
    const { accept, answer, heard, lost, asked, clock } = setUp();
    accept(2);
    clock.advance(300);
    accept(1, 4);
    clock.advance(300);
    expect(asked).to.deep.equal([0, 2]);

    await answer({ head: 4, recovered: false });
    clock.advance(4000);
    expect(lost).to.deep.equal([]);
    await answer({ head: 4, recovered: true });
    accept(3);

    expect(heard).to.deep.equal([1, 2, 3, 4]);
  });

  it('asks for nothing while it is paused, and keeps what it holds', () => {
    const { receiver, accept, heard, asked, clock } = setUp();
    accept(2);
    receiver.pause();
    clock.advance(60_000);
    expect(asked).to.deep.equal([]);

    receiver.answered({ head: 3, recovered: true });
    accept(1, 3);

    expect(heard).to.deep.equal([1, 2, 3]);
  });

  it('delivers nothing after it was stopped, also in the middle of a row', () => {
    const clock = new ManualClock();
    const heard: number[] = [];
    const receiver = new ChannelReceiver({
      position: 0,
      clock,
      random: () => 0,
      onMessage: ({ offset }) => {
        heard.push(offset);
        receiver.stop();
      },
      onLost: () => heard.push(-1),
      recover: () => Promise.reject(new Error('It was stopped')),
    });

    for (const offset of [2, 3, 1, 4]) receiver.accept(message(offset));
    clock.advance(60_000);

    expect(heard).to.deep.equal([1]);
  });
});
