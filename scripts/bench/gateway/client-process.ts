/**
 * The clients of every server that is measured, in one process of their own: the same load for all, and none of its
 * memory in the servers'. Every command is bounded in count and in time.
 */
import { percentile } from '../statistics.ts';
import { answerParent } from './child.ts';
import { LightSocket, textFrame } from './light-socket.ts';

/** How long the things took, and how many a second were done. */
export interface Measured {
  readonly count: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** A message, and what its answer must contain to count as one. */
export interface Exchange {
  readonly message: string;
  readonly expects: string;
}

/** So that the functions' queue does not grow while the connections introduce themselves. */
const FIRST_IN_FLIGHT = 8;

interface OpenRequest {
  readonly url: string;
  /** so many more */
  readonly count: number;
  /** handshakes at once */
  readonly concurrency: number;
  readonly limitMs: number;
  /** Said on each connection as soon as it is open; not part of what is measured. */
  readonly first?: Exchange | undefined;
}

interface RoundTripRequest extends Exchange {
  /** messages that are not answered yet, on as many connections */
  readonly inFlight: number;
  readonly count: number;
  readonly limitMs: number;
}

const sockets: LightSocket[] = [];
let lost = 0;

const commands = {
  /** Opens connections until so many more are open or the time is up. @throws {Error} a handshake was refused */
  async open({ url, count, concurrency, limitMs, first }: OpenRequest): Promise<Measured> {
    const durationsMs: number[] = [];
    const opened: LightSocket[] = [];
    const startedAtMs = performance.now();
    let begun = 0;
    await Promise.all(
      Array.from({ length: Math.min(concurrency, count) }, async () => {
        while (begun < count && performance.now() - startedAtMs < limitMs) {
          begun++;
          const beganAtMs = performance.now();
          const socket = await LightSocket.open(url);
          durationsMs.push(performance.now() - beganAtMs);
          socket.onClose = () => lost++;
          opened.push(socket);
        }
      }),
    );
    const measured = summary(durationsMs, performance.now() - startedAtMs);
    sockets.push(...opened);
    if (first)
      await roundTrips(opened, first, {
        inFlight: Math.min(FIRST_IN_FLIGHT, opened.length),
        count: opened.length,
        limitMs: 30_000,
      });
    return measured;
  },

  /** Sends messages and waits for their answers, each on the connection that has rested longest. */
  async roundTrips({ inFlight, count, limitMs, ...exchange }: RoundTripRequest): Promise<Measured> {
    return roundTrips(sockets, exchange, { inFlight, count, limitMs });
  },

  async closeAll(): Promise<void> {
    for (const socket of sockets.splice(0)) {
      socket.onClose = () => {};
      socket.cut();
    }
  },

  /** Connections that were closed on us since the last time that this was asked. */
  async lost(): Promise<number> {
    const count = lost;
    lost = 0;
    return count;
  },
};

export type ClientCommands = typeof commands;

async function roundTrips(
  all: readonly LightSocket[],
  { message, expects }: Exchange,
  { inFlight, count, limitMs }: { inFlight: number; count: number; limitMs: number },
): Promise<Measured> {
  if (all.length < inFlight)
    throw new Error(`${inFlight} in flight need as many connections, and ${all.length} are open`);
  const frame = textFrame(message);
  const expected = Buffer.from(expects);
  const resting = [...all];
  const durationsMs: number[] = [];
  const startedAtMs = performance.now();
  let begun = 0;
  await new Promise<void>((resolve, reject) => {
    let waiting = 0;
    const next = (): void => {
      const socket = resting.shift();
      if (socket === undefined || begun >= count || performance.now() - startedAtMs > limitMs) {
        if (waiting === 0) resolve();
        return;
      }
      begun++;
      waiting++;
      const sentAtMs = performance.now();
      socket.onText = (payload) => {
        durationsMs.push(performance.now() - sentAtMs);
        if (!payload.includes(expected)) reject(new Error(`Expected ${expects}, got ${payload.toString()}`));
        waiting--;
        resting.push(socket);
        next();
      };
      socket.send(frame);
    };
    for (let started = 0; started < inFlight; started++) next();
  });
  return summary(durationsMs, performance.now() - startedAtMs);
}

const summary = (durationsMs: readonly number[], elapsedMs: number): Measured => ({
  count: durationsMs.length,
  perSecond: (durationsMs.length / elapsedMs) * 1000,
  p50Ms: percentile(durationsMs, 50),
  p99Ms: percentile(durationsMs, 99),
});

answerParent(commands);
