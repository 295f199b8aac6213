// The time inside a function instance: whatever tells or takes time runs on the stack's clock, which may be compressed.
// As long as that clock is the system's, everything here passes through to what Node.js has.
// `process.hrtime` stays real, and so do the timeouts of sockets and of `fetch`: the machine's network is not compressed.
// Plain JavaScript for the same reason as `bootstrap.mjs`.
import { AsyncResource } from 'node:async_hooks';
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers';
import timersPromises from 'node:timers/promises';
import { promisify } from 'node:util';

const RealDate = Date;
const real = {
  setTimeout,
  clearTimeout,
  clearInterval,
  now: performance.now.bind(performance),
  hrtime: process.hrtime,
};
/** Node.js fires at once what is longer. */
const MOST_TIMEOUT_MS = 2 ** 31 - 1;

// What `clock/scaled-clock.ts` writes.
const INT = { version: 0, isScaled: 1 };
const FLOAT = { realBaseMs: 1, baseMs: 2, scale: 3, computeFloorMs: 4 };
let ints = new Int32Array(2);
let floats = new Float64Array(5);
const seen = { version: 0, isScaled: false, realBaseMs: 0, baseMs: 0, scale: 1, computeFloorMs: 0 };

const steadyMs = () => {
  const [seconds, nanoseconds] = real.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
};

const look = () => {
  for (;;) {
    const version = Atomics.load(ints, INT.version);
    if (version === seen.version) return;
    if (version % 2 === 1) continue; // being written
    seen.isScaled = ints[INT.isScaled] === 1;
    for (const name of /** @type {const} */ (['realBaseMs', 'baseMs', 'scale', 'computeFloorMs'])) {
      seen[name] = floats[FLOAT[name]] ?? 0;
    }
    if (Atomics.load(ints, INT.version) === version) seen.version = version;
  }
};

/** Epoch milliseconds on the stack's clock, with fractions. */
const exactMs = () => {
  look();
  return seen.isScaled ? seen.baseMs + (steadyMs() - seen.realBaseMs) * seen.scale : RealDate.now();
};
const nowMs = () => Math.floor(exactMs());

/** @type {Set<Timeout>} */
const live = new Set();
/** Those whose number somebody has asked for. @type {Map<number, Timeout>} */
const numbered = new Map();
let numbers = 0;

/** What `setTimeout` and `setInterval` return: as Node.js's own, but it can be armed anew when the time has changed. */
class Timeout extends AsyncResource {
  #callback;
  #delayMs;
  #args;
  #repeats;
  #dueMs = 0;
  #isRef = true;
  #number = 0;
  /** @type {NodeJS.Timeout | undefined} */
  #handle;

  /** @param {(...args: unknown[]) => void} callback @param {unknown} delay @param {unknown[]} args @param {boolean} repeats */
  constructor(callback, delay, args, repeats) {
    super('Timeout');
    const delayMs = Number(delay);
    this.#callback = callback;
    this.#delayMs = delayMs >= 1 && delayMs <= MOST_TIMEOUT_MS ? delayMs : 1;
    this.#args = args;
    this.#repeats = repeats;
    this.refresh();
  }

  refresh() {
    look();
    // Backoffs and the time limits of calls: their calls do not get faster, so these stay as they are up to the floor.
    const uncompressedMs = Math.min(this.#delayMs, seen.computeFloorMs) * seen.scale;
    this.#dueMs = exactMs() + (seen.isScaled ? Math.max(this.#delayMs, uncompressedMs) : this.#delayMs);
    live.add(this);
    this.arm();
    return this;
  }

  arm() {
    real.clearTimeout(this.#handle);
    const delayMs = Math.min(Math.ceil((this.#dueMs - exactMs()) / seen.scale), MOST_TIMEOUT_MS);
    this.#handle = real.setTimeout(() => this.#fire(), delayMs);
    if (!this.#isRef) this.#handle.unref();
  }

  #fire() {
    // A compressed millisecond is long: timers of Node.js may be one early.
    if (seen.isScaled && exactMs() < this.#dueMs) return this.arm();
    if (this.#repeats) this.refresh();
    else this.close();
    this.runInAsyncScope(this.#callback, this, ...this.#args);
  }

  close() {
    real.clearTimeout(this.#handle);
    live.delete(this);
    numbered.delete(this.#number);
    return this;
  }

  ref() {
    this.#isRef = true;
    this.#handle?.ref();
    return this;
  }

  unref() {
    this.#isRef = false;
    this.#handle?.unref();
    return this;
  }

  hasRef() {
    return this.#isRef;
  }

  [Symbol.toPrimitive]() {
    if (this.#number === 0) this.#number = ++numbers;
    if (live.has(this)) numbered.set(this.#number, this);
    return this.#number;
  }

  [Symbol.dispose]() {
    this.close();
  }
}

/** @param {boolean} repeats */
const starter =
  (repeats) =>
  /** @param {any} callback @param {unknown} delay @param {unknown[]} args */
  (callback, delay, ...args) => {
    // Node.js says it best what is wrong with a callback.
    if (typeof callback !== 'function') return real.setTimeout(callback);
    return new Timeout(callback, delay, args, repeats);
  };
const startTimeout = starter(false);
const startInterval = starter(true);
/** @param {unknown} timer */
const clear = (timer) => {
  if (timer instanceof Timeout) timer.close();
  else if (typeof timer === 'number' || typeof timer === 'string') numbered.get(Number(timer))?.close();
  else real.clearTimeout(/** @type {NodeJS.Timeout} */ (timer));
};

/** @param {AbortSignal} signal */
const aborted = ({ reason }) =>
  Object.assign(new Error('The operation was aborted', { cause: reason }), { name: 'AbortError', code: 'ABORT_ERR' });

/** `setTimeout` of `timers/promises`. @param {number} [delay] @param {unknown} [value] @param {{signal?: AbortSignal, ref?: boolean}} [options] */
const wait = (delay, value, { signal, ref = true } = {}) =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(aborted(signal));
    const cancel = () => {
      clear(timer);
      if (signal) reject(aborted(signal));
    };
    const timer = startTimeout(() => {
      signal?.removeEventListener('abort', cancel);
      resolve(value);
    }, delay);
    if (!ref) timer.unref();
    signal?.addEventListener('abort', cancel, { once: true });
  });

/** `setInterval` of `timers/promises`. @param {number} [delay] @param {unknown} [value] @param {{signal?: AbortSignal, ref?: boolean}} [options] */
async function* ticks(delay, value, { signal, ref = true } = {}) {
  let due = 0;
  let wake = () => {};
  const timer = startInterval(() => {
    due++;
    wake();
  }, delay);
  if (!ref) timer.unref();
  const stop = () => wake();
  signal?.addEventListener('abort', stop);
  try {
    for (;;) {
      if (signal?.aborted) throw aborted(signal);
      if (due > 0) {
        due--;
        yield value;
      } else {
        await new Promise((resolve) => {
          wake = () => resolve(undefined);
        });
      }
    }
  } finally {
    clear(timer);
    signal?.removeEventListener('abort', stop);
  }
}

/** @param {...unknown} args */
function ScaledDate(...args) {
  if (!new.target) return new RealDate(nowMs()).toString();
  return Reflect.construct(RealDate, args.length === 0 ? [nowMs()] : args, new.target);
}

/**
 * Puts the thread's time onto the stack's clock. To be called before any code of the function is loaded.
 * @param {SharedArrayBuffer} buffer of the clock
 * @returns {() => void} to be called when the clock has been changed: timers that wait are set anew
 */
export function installTime(buffer) {
  ints = new Int32Array(buffer);
  floats = new Float64Array(buffer);
  look();

  // With the same prototype: what Node.js itself makes is a Date, too.
  Object.defineProperties(ScaledDate, {
    name: { value: 'Date' },
    length: { value: 7 },
    prototype: { value: RealDate.prototype, writable: false },
    parse: { value: RealDate.parse, writable: true, configurable: true },
    UTC: { value: RealDate.UTC, writable: true, configurable: true },
    now: { value: nowMs, writable: true, configurable: true },
  });
  RealDate.prototype.constructor = ScaledDate;

  const originMs = seen.isScaled ? exactMs() - real.now() : performance.timeOrigin;
  let latest = 0;
  const performanceNow = () => {
    const atMs = exactMs();
    // The system's clock may be behind the steady one: never back, also when the first one takes over.
    latest = Math.max(latest, seen.isScaled ? atMs - originMs : real.now());
    return latest;
  };
  Object.defineProperty(performance, 'now', { value: performanceNow, writable: true, configurable: true });

  Object.defineProperty(startTimeout, promisify.custom, { value: wait });
  const replaced = { setTimeout: startTimeout, setInterval: startInterval, clearTimeout: clear, clearInterval: clear };
  Object.assign(globalThis, replaced, { Date: ScaledDate });
  Object.assign(timers, replaced);
  Object.assign(timersPromises, { setTimeout: wait, setInterval: ticks });
  /** @param {number} delay @param {object} [options] */
  timersPromises.scheduler.wait = (delay, options) => wait(delay, undefined, options).then(() => {});
  /** @param {number} delayMs */
  AbortSignal.timeout = (delayMs) => {
    const controller = new AbortController();
    const reason = () => new DOMException('The operation was aborted due to timeout', 'TimeoutError');
    startTimeout(() => controller.abort(reason()), delayMs).unref();
    return controller.signal;
  };
  syncBuiltinESMExports();

  return () => {
    look();
    for (const timer of live) timer.arm();
  };
}
