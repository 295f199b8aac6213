import type WebSocket from 'ws';
import { deliverRequests, FrameWriter } from './deliver.ts';
import { type Input, inputAt } from './inputs.ts';
import type { Live } from './requests.ts';
import { FuzzedServer, type ServerAccess, type TargetName } from './server.ts';
import { connectWell, exchangeWell } from './well-behaved.ts';

export interface FuzzOptions {
  readonly target: TargetName;
  readonly inputs: number;
  readonly seed: number;
  /** The first input's index: to run some of a series again. Default 0. */
  readonly from?: number;
  /** Inputs on their way at once. Default 96. */
  readonly inFlight?: number;
  readonly onProgress?: (done: number) => void;
}

/** Inputs that were on their way, or had just been, when the server broke. */
export interface FuzzFailure {
  readonly reason: string;
  readonly suspects: readonly Input[];
}

/** Inputs between two looks at whether the server is well. */
const CHECK_EVERY = 4000;
const MAX_SUSPECTS = 200;

/**
 * Sends broken bytes to a server and sees whether it stays well: the process lives, a connection from before still
 * answers, and so does a fresh one.
 * @returns undefined: it stayed well
 */
export async function fuzz(options: FuzzOptions): Promise<FuzzFailure | undefined> {
  const { target, inputs, seed, from = 0, onProgress } = options;
  const server = await FuzzedServer.start(target);
  const recent: Input[] = [];
  let end: string | undefined;
  void server.ended.then((how) => {
    end = how;
  });
  const fail = (reason: string): FuzzFailure => ({ reason: end ?? reason, suspects: recent.slice(-MAX_SUSPECTS) });
  const checked = (error: unknown) => fail(error instanceof Error ? error.message : String(error));
  try {
    const old = await connectWell(server.access);
    old.on('error', () => {});
    for (let done = 0; done < inputs; done += CHECK_EVERY) {
      const count = Math.min(CHECK_EVERY, inputs - done);
      const first = from + done;
      await sendAll(server.access, options, first, first + count, {
        keep: (input) => {
          if (recent.push(input) > 2 * MAX_SUSPECTS) recent.splice(0, MAX_SUSPECTS);
        },
        isOver: () => server.hasEnded,
      });
      if (server.hasEnded) {
        await server.ended;
        return fail('');
      }
      await check(server.access, old, `probe-${seed}-${done}`);
      onProgress?.(done + count);
    }
    return undefined;
  } catch (error) {
    // The check may notice the death of the process before its end is known.
    await Promise.race([server.ended, new Promise((resolve) => setTimeout(resolve, 500))]);
    return checked(error);
  } finally {
    await server.stop();
  }
}

interface Watch {
  readonly keep: (input: Input) => void;
  readonly isOver: () => boolean;
}

/** Sends the inputs from one index to another, many at a time, each kind on connections of its own. */
async function sendAll(
  access: ServerAccess,
  { seed, inFlight = 96 }: FuzzOptions,
  first: number,
  end: number,
  { keep, isOver }: Watch,
): Promise<void> {
  const { port, facts } = access;
  const live = await victim(access);
  let next = first;
  const frames: Input[] = [];
  const requests: Input[] = [];
  // Each worker wants one kind; what it draws of the other kind it leaves for the others.
  const take = (kind: Input['kind']): Input | undefined => {
    const [own, other] = kind === 'frames' ? [frames, requests] : [requests, frames];
    for (;;) {
      const waiting = own.shift();
      if (waiting || next >= end || isOver()) return isOver() ? undefined : waiting;
      const input = inputAt(seed, next++, facts, live);
      if (input.kind === kind) return input;
      other.push(input);
    }
  };
  const work = async (kind: Input['kind'], deliver: (input: Input) => Promise<void>) => {
    for (let input = take(kind); input; input = take(kind)) {
      keep(input);
      await deliver(input);
    }
  };
  const writers = Array.from({ length: Math.ceil(inFlight * 0.4) }, () => new FrameWriter(port, facts));
  await Promise.all([
    ...writers.map((writer) => work('frames', (input) => writer.deliver(input)).finally(() => writer.stop())),
    ...Array.from({ length: Math.ceil(inFlight * 0.6) }, () => work('requests', (one) => deliverRequests(port, one))),
  ]);
  live.stop();
}

/** A connection that inputs may address, and close. */
async function victim(access: ServerAccess): Promise<Live & { stop(): void }> {
  const before = new Set(await connectionIds(access));
  const socket = await connectWell(access);
  socket.on('error', () => {});
  const connectionId = (await connectionIds(access)).find((id) => !before.has(id)) ?? 'none';
  return { connectionId, stop: () => socket.terminate() };
}

async function connectionIds({ port }: ServerAccess): Promise<string[]> {
  const response = await fetch(`http://127.0.0.1:${port}/_local/state`);
  if (response.headers.get('content-type') !== 'application/json') return [];
  const { connections } = (await response.json()) as { connections: { connectionId: string }[] };
  return connections.map(({ connectionId }) => connectionId);
}

/** @throws {Error} what is not well */
async function check(access: ServerAccess, old: WebSocket, id: string): Promise<void> {
  // Inputs may have set faults, with which the stack rightly fails.
  await fetch(`http://127.0.0.1:${access.port}/_local/controls/faults`, { method: 'POST', body: '{"plan":null}' });
  await exchangeWell(old, access, `${id}-old`);
  const fresh = await connectWell(access);
  await exchangeWell(fresh, access, `${id}-fresh`);
  fresh.terminate();
}
