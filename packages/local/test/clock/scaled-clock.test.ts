import { expect } from 'chai';
import { createScaledClock } from '../../src/clock/scaled-clock.ts';
import { computingMs, systemClock } from '../../src/clock.ts';

describe('The scaled clock', () => {
  it('is the system’s as long as nothing has changed it', () => {
    const clock = createScaledClock();
    const [before, now, after] = [Date.now(), clock.nowMs(), Date.now()];

    expect(now).to.be.within(before, after);
    expect(clock.scale).to.equal(1);
  });

  it('calls back after two hours at once when two hours are two seconds', async () => {
    const clock = createScaledClock({ scale: 3600 });
    const startedAtMs = clock.nowMs();

    await new Promise<void>((resolve) => clock.setTimer(resolve, 7_200_000));

    expect(clock.nowMs() - startedAtMs).to.be.at.least(7_200_000);
  });

  it('is never early, and does not go back, however its scale is changed', async () => {
    const clock = createScaledClock({ scale: 1000 });
    const seen: number[] = [clock.nowMs()];
    const scales = [1, 3600, 0.5, 200, 1];
    for (const scale of scales) {
      const startedAtMs = clock.nowMs();
      await new Promise<void>((resolve) => clock.setTimer(resolve, 2));
      seen.push(clock.nowMs());
      expect(clock.nowMs() - startedAtMs).to.be.at.least(2);
      clock.setScale(scale);
      seen.push(clock.nowMs());
    }

    expect(seen).to.deep.equal(seen.toSorted((a, b) => a - b));
    expect(clock.scale).to.equal(1);
  });

  it('keeps the time of timers that were set before it was compressed', async () => {
    const clock = createScaledClock();
    const startedAtMs = clock.nowMs();
    const rung = new Promise<void>((resolve) => clock.setTimer(resolve, 600_000));

    clock.setScale(3600);
    await rung;

    expect(clock.nowMs() - startedAtMs).to.be.at.least(600_000);
  });

  it('moves ahead at once, and lets what has become due ring in its order', async () => {
    const clock = createScaledClock();
    const startedAtMs = clock.nowMs();
    const rung: string[] = [];
    clock.setTimer(() => rung.push('an hour'), 3_600_000);
    const last = new Promise<void>((resolve) => clock.setTimer(resolve, 7_200_000));
    clock.setTimer(() => rung.push('a day'), 86_400_000);

    clock.advance(7_200_000);
    await last;

    expect(rung).to.deep.equal(['an hour']);
    expect(clock.nowMs() - startedAtMs).to.be.within(7_200_000, 7_260_000);
  });

  it('forgets cancelled timers, also when it is changed', async () => {
    const clock = createScaledClock();
    const rung: string[] = [];
    const cancel = clock.setTimer(() => rung.push('cancelled'), 1000);

    cancel();
    clock.advance(5000);
    await new Promise<void>((resolve) => clock.setTimer(resolve, 5));

    expect(rung).to.deep.equal([]);
  });

  it('leaves real time between callbacks that want it', async () => {
    const clock = createScaledClock({ scale: 3600 });
    const startedAtMs = clock.nowMs();

    await new Promise<void>((resolve) => clock.setTimer(resolve, 1, 20));

    expect(clock.nowMs() - startedAtMs).to.be.at.least(20 * 3600);
  });

  it('does not compress limits on computing below its floor', () => {
    const compressed = createScaledClock({ scale: 120, computeFloorMs: 1000 });

    expect(computingMs(compressed, 10_000)).to.equal(120_000);
    expect(computingMs(compressed, 500)).to.equal(60_000);
    expect(computingMs(compressed, 300_000)).to.equal(300_000);
    expect(computingMs(createScaledClock({ scale: 120, computeFloorMs: 0 }), 10_000)).to.equal(10_000);
    expect(computingMs(createScaledClock(), 10_000)).to.equal(10_000);
    expect(computingMs(systemClock, 10_000)).to.equal(10_000);
  });

  it('refuses scales and jumps that make no sense', () => {
    const clock = createScaledClock();

    for (const scale of [0, -1, 3601, Number.NaN]) {
      expect(() => clock.setScale(scale)).to.throw(RangeError, `at most 3600, not ${scale}`);
    }
    expect(() => clock.advance(-1)).to.throw(RangeError, 'Time only moves ahead, not by -1 ms');
    expect(() => createScaledClock({ computeFloorMs: -1 })).to.throw(RangeError, 'computeFloorMs must be');
  });
});
