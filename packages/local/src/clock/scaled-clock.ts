import type { Clock, SharedTime } from '../clock.ts';

/** A day in 24 s. Faster, a real millisecond is longer than most durations of the platform. */
export const MOST_SCALE = 3600;

export interface ScaledClockOptions {
  /** Milliseconds of this clock for each real one; above 0, at most 3,600. Default 1. */
  readonly scale?: number;
  /**
   * Computing and networks do not get faster when time is compressed: limits on them, and the timers of functions, are
   * not compressed below this, in real milliseconds. Default 2,000.
   */
  readonly computeFloorMs?: number;
}

/** A clock that runs faster than real time. It never goes back, however it is changed. */
export interface ScaledClock extends Clock {
  readonly scale: number;
  /** From now on; timers that are set keep their time on this clock. @throws {RangeError} */
  setScale(scale: number): void;
  /** Jumps ahead at once; timers that are due by then fire soon, each one once. @throws {RangeError} negative */
  advance(ms: number): void;
  computingMs(limitMs: number): number;
  readonly shared: SharedTime;
}

interface Timer {
  readonly callback: () => void;
  readonly dueMs: number;
  readonly notBeforeRealMs: number;
  handle: NodeJS.Timeout | undefined;
}

/** Where things stand in the shared buffer: `function-time.mjs` reads it by the same numbers. */
const INT = { version: 0, isScaled: 1 } as const;
const FLOAT = { realBaseMs: 1, baseMs: 2, scale: 3, computeFloorMs: 4 } as const;
const BUFFER_BYTES = 40;

/**
 * Creates a clock. As long as nothing has been scaled or moved it is the system's; afterwards it counts on from there,
 * by the processor's steady clock.
 * @throws {RangeError} scale or floor out of range
 */
export function createScaledClock({ scale = 1, computeFloorMs = 2000 }: ScaledClockOptions = {}): ScaledClock {
  if (!(computeFloorMs >= 0 && computeFloorMs < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`computeFloorMs must be a number of milliseconds, not ${computeFloorMs}`);
  }
  const buffer = new SharedArrayBuffer(BUFFER_BYTES);
  const ints = new Int32Array(buffer);
  const floats = new Float64Array(buffer);
  const timers = new Set<Timer>();
  const listeners = new Set<() => void>();
  let isScaled = false;
  let current = 1;
  let realBaseMs = 0;
  let baseMs = 0;

  const exactMs = (): number => (isScaled ? baseMs + (steadyMs() - realBaseMs) * current : Date.now());
  const nowMs = (): number => Math.floor(exactMs());

  const fire = (timer: Timer): void => {
    timer.handle = undefined;
    // A compressed millisecond is long: timers of Node.js may be one early.
    if ((isScaled && nowMs() < timer.dueMs) || steadyMs() < timer.notBeforeRealMs) {
      arm(timer);
    } else {
      timers.delete(timer);
      timer.callback();
    }
  };
  const arm = (timer: Timer): void => {
    const realMs = Math.max((timer.dueMs - exactMs()) / current, timer.notBeforeRealMs - steadyMs());
    timer.handle = setTimeout(fire, Math.min(Math.ceil(realMs), MOST_TIMEOUT_MS), timer).unref();
  };
  const rebase = (scale: number, aheadMs: number): void => {
    const base = exactMs() + aheadMs;
    realBaseMs = steadyMs();
    baseMs = base;
    current = scale;
    isScaled = true;
    // An odd version: being written. Readers look again until they saw the same even one before and after.
    Atomics.add(ints, INT.version, 1);
    floats[FLOAT.realBaseMs] = realBaseMs;
    floats[FLOAT.baseMs] = baseMs;
    floats[FLOAT.scale] = scale;
    floats[FLOAT.computeFloorMs] = computeFloorMs;
    Atomics.store(ints, INT.isScaled, 1);
    Atomics.add(ints, INT.version, 1);
    for (const timer of timers) {
      clearTimeout(timer.handle);
      arm(timer);
    }
    for (const listener of [...listeners]) listener();
  };
  const setScale = (scale: number): void => {
    if (!(scale > 0 && scale <= MOST_SCALE)) {
      throw new RangeError(`The time scale must be above 0 and at most ${MOST_SCALE}, not ${scale}`);
    }
    if (scale !== current) rebase(scale, 0);
  };
  setScale(scale);

  return {
    get scale() {
      return current;
    },
    setScale,
    advance(ms) {
      if (!(ms >= 0 && ms < Number.POSITIVE_INFINITY)) throw new RangeError(`Time only moves ahead, not by ${ms} ms`);
      if (ms > 0) rebase(current, ms);
    },
    nowMs,
    setTimer(callback, delayMs, leastRealMs = 0) {
      const notBeforeRealMs = leastRealMs > 0 ? steadyMs() + leastRealMs : 0;
      const timer: Timer = { callback, dueMs: nowMs() + delayMs, notBeforeRealMs, handle: undefined };
      timers.add(timer);
      arm(timer);
      return () => {
        timers.delete(timer);
        clearTimeout(timer.handle);
      };
    },
    computingMs: (limitMs) => Math.max(limitMs, Math.min(limitMs, computeFloorMs) * current),
    shared: {
      buffer,
      onChange(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
  };
}

/** Node.js fires at once what is longer. */
const MOST_TIMEOUT_MS = 2 ** 31 - 1;

/** The processor's steady clock, which is the same in every thread (unlike `performance.now`), milliseconds. */
function steadyMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
