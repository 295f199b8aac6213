import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { errorCodes } from '@sessions/core/protocol';
import { expect } from 'chai';
import { build } from 'esbuild';
import { buildClient } from '../../../scripts/build-client.ts';
import { backoffDelayMs } from '../src/backoff.ts';
import { refusalError, SessionsError } from '../src/errors.ts';
import { localTimeOf, mayBeLocal } from '../src/local-time.ts';
import { MessageStream } from '../src/message-stream.ts';
import { refreshDelayMs } from '../src/refresh-clock.ts';
import { ServiceClock } from '../src/service-clock.ts';
import { type State, StateMachine, transitions } from '../src/states.ts';
import { isExpired } from '../src/token.ts';

describe('backoff', () => {
  const options = { baseMs: 1000, maxMs: 8000, minMs: 100 };

  it('draws from nothing up to a bound that doubles, and stops doubling', () => {
    const longest = { ...options, random: () => 1 };
    expect([0, 1, 2, 3, 4, 1000].map((attempt) => backoffDelayMs(attempt, longest))).to.deep.equal([
      1000, 2000, 4000, 8000, 8000, 8000,
    ]);
    expect(backoffDelayMs(2, { ...options, random: () => 0.5 })).to.equal(2050);
  });

  it('is never so short that attempts become a tight loop', () => {
    expect(backoffDelayMs(0, { ...options, random: () => 0 })).to.equal(100);
  });

  it('counts attempts in whole numbers from 0', () => {
    expect(() => backoffDelayMs(-1, options)).to.throw(RangeError, 'not -1');
  });
});

describe('the state machine', () => {
  it('follows its table and nothing else, and tells each change', () => {
    const seen: string[] = [];
    const states = new StateMachine(({ from, to, reason }) => seen.push(`${from} ${to}: ${reason}`));
    states.to('live', 'joined');
    states.to('live', 'again');
    expect(() => states.to('connecting', 'no')).to.throw('No transition leads from live to connecting');
    states.to('ended', 'left');
    expect(states.isFinal).to.equal(true);
    expect(seen).to.deep.equal(['connecting live: joined', 'live ended: left']);
  });

  it('is the one that the README describes', async () => {
    const readme = await readFile(join(import.meta.dirname, '../README.md'), 'utf8');
    const described = [...readme.matchAll(/^\| `(\w+)` \|[^|]*\|([^|]*)\|$/gm)].map(([, state, next = '']) => [
      state,
      [...next.matchAll(/\w+/g)].map(([name]) => name as State),
    ]);
    expect(Object.fromEntries(described)).to.deep.equal(transitions);
  });
});

describe('the errors', () => {
  it('have a class, a cause and a remedy for every code of the protocol', () => {
    for (const [code, { cause, remedy }] of Object.entries(errorCodes)) {
      const error = refusalError({ code, message: 'm' });
      expect(error).to.be.instanceOf(SessionsError).and.include({ code, cause, remedy, message: 'm' });
      expect(error.constructor, code).not.to.equal(SessionsError);
    }
  });

  it('say when a scheduled session starts, and leave the wait to the user', () => {
    const facts = { code: 'NOT_STARTED', message: 'm', retryAfter: 60, startsAt: 1_800_000_000_000 };
    expect(refusalError(facts)).to.include({
      name: 'NotStartedError',
      startsAt: 1_800_000_000_000,
      retryAfterSeconds: 60,
      retriesByItself: false,
    });
  });

  it('tell what is tried again: a full session only when the service says when', () => {
    expect(refusalError({ code: 'SESSION_FULL', message: '' }).retriesByItself).to.equal(false);
    const later = refusalError({ code: 'SESSION_FULL', message: '', retryAfter: 5 });
    expect(later).to.include({ retriesByItself: true, retryAfterSeconds: 5 });
    expect(refusalError({ code: 'FORBIDDEN', message: '' }).retriesByItself).to.equal(false);
    expect(refusalError({ code: 'OF_A_LATER_VERSION', message: '' }).retriesByItself).to.equal(false);
  });
});

describe('the refresh clock', () => {
  it('leaves a tenth of the life and a little more, by the service alone', () => {
    const age = { ageMs: 30_000, remainingMs: 7_170_000 };
    expect(refreshDelayMs(age, () => 0)).to.equal(6_450_000);
    expect(refreshDelayMs(age, () => 1)).to.equal(6_306_000);
    expect(refreshDelayMs({ ageMs: 7_190_000, remainingMs: 10_000 }, () => 0)).to.equal(0);
  });
});

describe('a token', () => {
  const token = (payload: object) => `e30.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.s`;

  it('has expired when its own time says so; what cannot be read is for the service to judge', () => {
    expect(isExpired(token({ exp: 100 }), 100_000)).to.equal(true);
    expect(isExpired(token({ exp: 101 }), 100_000)).to.equal(false);
    expect(isExpired(token({}), 100_000)).to.equal(false);
    expect(isExpired('nonsense', 100_000)).to.equal(false);
  });
});

describe('a stream of messages', () => {
  it('keeps what was not taken yet, and is done after that', async () => {
    const stream = new MessageStream<number>(() => {});
    stream.push(1);
    stream.push(2);
    stream.finish();
    const taken: number[] = [];
    for await (const message of stream) taken.push(message);
    expect(taken).to.deep.equal([1, 2]);
  });

  it('fails rather than lose a message that nobody takes', async () => {
    const stream = new MessageStream<number>(() => {});
    for (let n = 0; n <= 10_000; n++) stream.push(n);
    let error: unknown;
    try {
      for await (const _ of stream);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).to.include({ code: 'MESSAGE_OVERFLOW' });
  });
});

describe('the bundle', () => {
  const bytesOf = (code: Uint8Array): number => gzipSync(code, { level: 9 }).byteLength;
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'client-'));
    await buildClient(folder);
  });
  after(() => rm(folder, { recursive: true }));

  it('is as small as the README says, and a page that only listens has less than 12 kB of it', async () => {
    const { outputFiles } = await build({
      stdin: { contents: "export { createListener, joinAsListener } from './client.js';", resolveDir: folder },
      bundle: true,
      format: 'esm',
      minify: true,
      write: false,
    });
    const [listener = 0] = outputFiles.map(({ contents }) => bytesOf(contents));
    const whole = bytesOf(await readFile(join(folder, 'client.js')));

    expect(listener).to.be.at.most(12_000);
    const readme = await readFile(join(import.meta.dirname, '../README.md'), 'utf8');
    expect(readme).to.include(`(${Math.round(whole / 1000)} kB gzipped`);
    expect(readme).to.include(`leaves ${Math.round(listener / 1000)} kB`);
  });
});

describe("the service's clock", () => {
  /** A clock that only moves when told to, with its timers' waits. */
  function manualClock() {
    let nowMs = 1_000_000;
    const timers = new Map<() => void, number>();
    return {
      nowMs: () => nowMs,
      setTimer(callback: () => void, delayMs: number) {
        timers.set(callback, nowMs + delayMs);
        return () => void timers.delete(callback);
      },
      waits: () => [...timers.values()].map((dueMs) => dueMs - nowMs),
      advance(ms: number) {
        nowMs += ms;
        for (const [callback, dueMs] of timers) {
          if (dueMs > nowMs) continue;
          timers.delete(callback);
          callback();
        }
      },
    };
  }

  it("is this machine's until a local stack says otherwise", () => {
    const local = manualClock();
    const clock = new ServiceClock(local);
    clock.setTimer(() => {}, 30_000);

    expect(clock.nowMs()).to.equal(1_000_000);
    expect(local.waits()).to.deep.equal([30_000]);
    expect(clock.localTimeMs(1_000_500)).to.equal(1_000_500);
  });

  it('follows a stack: timers that are set fire by its time, from the first word on and after each change', () => {
    const local = manualClock();
    const clock = new ServiceClock(local);
    const fired: string[] = [];
    clock.setTimer(() => fired.push('heartbeat'), 30_000);

    clock.follow({ nowMs: 90_000_000, scale: 20 });
    expect(local.waits()).to.deep.equal([1500]);
    local.advance(750);
    clock.follow({ nowMs: 90_015_000, scale: 60 });
    expect(local.waits()).to.deep.equal([250]);
    local.advance(250);

    expect(fired).to.deep.equal(['heartbeat']);
    expect(clock.nowMs()).to.equal(90_030_000);
    expect(clock.localDurationMs(60_000)).to.equal(1000);
    expect(clock.localTimeMs(90_090_000)).to.equal(local.nowMs() + 1000);
  });

  it('lets timers fire that are due when a stack jumps ahead, and keeps their waits when it begins anew', () => {
    const local = manualClock();
    const clock = new ServiceClock(local);
    clock.follow({ nowMs: 50_000_000, scale: 1 });
    clock.setTimer(() => {}, 30_000);
    clock.setTimer(() => {}, 90_000);

    clock.follow({ nowMs: 50_060_000, scale: 1 });
    expect(local.waits()).to.deep.equal([-30_000, 30_000]);
    clock.follow({ nowMs: 1_000_000, scale: 1 });
    expect(local.waits()).to.deep.equal([-30_000, 30_000]);
  });

  it('is asked for of services that have no TLS alone, and takes nothing else for an answer', () => {
    expect(
      ['ws://127.0.0.1:4510/dev', 'wss://a.execute-api.us-east-1.amazonaws.com/prod'].map(mayBeLocal),
    ).to.deep.equal([true, false]);
    expect(localTimeOf({ localTime: { nowMs: 1, scale: 2 } })).to.deep.equal({ nowMs: 1, scale: 2 });
    expect([null, 'x', {}, { localTime: 3 }, { localTime: { nowMs: 1, scale: 0 } }].map(localTimeOf)).to.deep.equal(
      Array(5).fill(undefined),
    );
  });
});
