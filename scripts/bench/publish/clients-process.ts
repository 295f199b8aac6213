/** Listeners with the SDK, each with a line of its own that is cut again and again, in a process of their own. */
import { joinAsListener, type Listener } from '../../../packages/client/src/index.ts';
import { answerParent } from '../gateway/child.ts';
import { percentile } from '../statistics.ts';
import { FlakyLine } from './flaky-line.ts';

export type ClientsCommands = typeof commands;

/** Joins that are in flight at once. */
const IN_FLIGHT = 10;

class Ear {
  readonly line: FlakyLine;
  /** The numbers that the publisher gave: a message that was stored twice is one that is doubled. */
  readonly seen = new Set<number>();
  #backAtMs = 0;
  #listener: Listener<{ readonly n: number }> | undefined;

  constructor(line: FlakyLine) {
    this.line = line;
  }

  async join(session: { sessionId: string; joinKey: string }): Promise<void> {
    const listener = await joinAsListener<{ readonly n: number }>({
      url: this.line.url,
      ...session,
      targetLanguage: 'es',
    });
    this.#listener = listener;
    listener.on('message', ({ data: { n }, publishedAt }) => {
      if (this.seen.has(n)) report.doubled++;
      this.seen.add(n);
      const nowMs = Date.now();
      const isBack = listener.state === 'live';
      if (isBack && publishedAt >= this.#backAtMs) report.liveMs.push(nowMs - publishedAt);
      else {
        // What comes before the reply that says so has not been waited for.
        report.replayMs.push(isBack ? nowMs - this.#backAtMs : 0);
        report.replayAgeMs.push(nowMs - publishedAt);
      }
    });
    listener.on('messagesLost', ({ from, to }) => {
      report.lost += to - from + 1;
    });
    listener.on('statechange', ({ from, to }) => {
      if (from !== 'reconnecting' || to !== 'live') return;
      this.#backAtMs = Date.now();
      report.returns++;
    });
    listener.on('failed', () => {
      report.failed++;
    });
  }

  async leave(): Promise<void> {
    await this.#listener?.leave();
    this.line.close();
  }
}

const ears: Ear[] = [];
const timers: NodeJS.Timeout[] = [];
const report = {
  doubled: 0,
  lost: 0,
  returns: 0,
  failed: 0,
  /** From the publication to the client, of what came as it was published, milliseconds. */
  liveMs: [] as number[],
  /** From a client's return to the message, of what was published before. */
  replayMs: [] as number[],
  /** From the publication to the client, of those. */
  replayAgeMs: [] as number[],
};

const commands = {
  async join({ url, count, ...session }: { url: string; sessionId: string; joinKey: string; count: number }) {
    let left = count;
    const lane = async () => {
      while (left-- > 0) {
        const ear = new Ear(await FlakyLine.open(url));
        await ear.join(session);
        ears.push(ear);
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  },
  /** Cuts each line every so often for so long, one client after the other. */
  async startCuts({ everyMs, forMs }: { everyMs: number; forMs: number }): Promise<void> {
    for (const [index, { line }] of ears.entries()) {
      const cut = () => {
        line.cut();
        timers.push(setTimeout(() => line.mend(), forMs));
      };
      const first = ((index + 1) / ears.length) * everyMs;
      timers.push(
        setTimeout(() => {
          cut();
          timers.push(setInterval(cut, everyMs));
        }, first),
      );
    }
  },
  async stopCuts(): Promise<void> {
    for (const timer of timers) clearInterval(timer);
    for (const { line } of ears) line.mend();
  },
  /** How many messages each client has by now: of the one with the least, and of all together. */
  async received() {
    const counts = ears.map(({ seen }) => seen.size);
    return { least: Math.min(...counts), all: counts.reduce((sum, count) => sum + count, 0) };
  },
  async report() {
    const { doubled, lost, returns, failed, liveMs, replayMs, replayAgeMs } = report;
    const times = (values: readonly number[]) =>
      values.length === 0
        ? { count: 0, p50Ms: 0, p99Ms: 0 }
        : { count: values.length, p50Ms: percentile(values, 50), p99Ms: percentile(values, 99) };
    return { doubled, lost, returns, failed, live: times(liveMs), replay: times(replayMs), age: times(replayAgeMs) };
  },
  async leave(): Promise<void> {
    await Promise.all(ears.map((ear) => ear.leave()));
  },
};

answerParent(commands);
