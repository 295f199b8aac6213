import { type Clock, systemClock } from '../../src/clock.ts';

/** Real time, until it is told to jump: so ten minutes pass between two statements, by the limits that AWS has. */
export class ShiftedClock implements Clock {
  shiftMs = 0;

  nowMs(): number {
    return systemClock.nowMs() + this.shiftMs;
  }

  setTimer(callback: () => void, delayMs: number): () => void {
    return systemClock.setTimer(callback, delayMs);
  }

  advance(ms: number): void {
    this.shiftMs += ms;
  }
}
