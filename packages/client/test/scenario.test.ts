import { expect } from 'chai';
import { leaveOutWhenFast } from '../../../scripts/tools/need-tools.ts';
import type { Listener, MessagesLost } from '../src/index.ts';
import { seeded } from './support/seeded.ts';
import { nextEvent, World } from './support/world.ts';

const MINUTE_MS = 60_000;
const LISTENERS = 200;
/** Twenty take minutes: those are for the night. */
const LIMITS = process.env.TEST_NIGHTLY === '1' ? 20 : 6;
/** The platform's two hours, compressed: a heartbeat or two for each connection, as seldom as the service allows. */
const LIMIT_MINUTES = 15;
const STEP_MINUTES = 1.5;

/** What one listener heard, by channel, and what it went through. */
interface Ear {
  readonly listener: Listener;
  readonly heard: Record<string, number[]>;
  readonly lost: MessagesLost[];
  readonly path: string[];
}

describe(`${LISTENERS} listeners and a speaker`, function () {
  this.timeout(240_000);
  before(function () {
    leaveOutWhenFast(this, 'the scenario of 200 listeners');
  });

  it(`come through ${LIMITS} limits of the platform, with cuts, and each has every message once and in order`, async () => {
    const world = await World.start({
      variables: {
        connection_max_duration_hours: String(LIMIT_MINUTES / 60),
        connection_refresh_minutes: '8',
        connection_warning_minutes: '10',
        heartbeat_interval_seconds: '540',
        heartbeat_timeout_seconds: '1300',
        speaker_grace_seconds: '600',
        // Time passes in steps of a minute and a half here.
        history_seconds: '7200',
      },
      limits: { connectionDurationMs: LIMIT_MINUTES * MINUTE_MS, idleTimeoutMs: 120 * MINUTE_MS },
    });
    try {
      const random = seeded(5);
      const speaker = await world.speak('ruth', { random });
      const ears: Ear[] = [];
      const enter = async (index: number) => {
        const targetLanguage = ['es', 'fr', 'ko'][index % 3] as string;
        const listener = await world.join(speaker.sessionId, { targetLanguage, random });
        const ear: Ear = { listener, heard: { [targetLanguage]: [], all: [] }, lost: [], path: [] };
        listener.on('message', ({ channel, offset }) => ear.heard[channel]?.push(offset));
        listener.on('messagesLost', (lost) => ear.lost.push(lost));
        listener.on('statechange', ({ to, reason }) => ear.path.push(`${to}: ${reason}`));
        listener.on('retry', ({ error, delayMs }) => ear.path.push(`${Math.round(delayMs)} ms after ${error.message}`));
        ears.push(ear);
      };
      for (let start = 0; start < LISTENERS; start += 10) {
        await Promise.all(Array.from({ length: 10 }, (_, offset) => enter(start + offset)));
      }
      let refreshes = 0;
      for (const { listener } of ears) {
        listener.on('statechange', ({ reason }) => {
          if (reason === 'refreshed') refreshes++;
        });
      }

      let rounds = 0;
      const tell = async () => {
        rounds++;
        const { sessionId } = speaker;
        for (const to of ['es', 'all', 'fr', 'ko']) await world.publish({ sessionId, to, data: { rounds } });
      };
      let cuts = 0;
      const spoil = () => {
        const draw = random();
        if (draw < 0.1) {
          cuts++;
          world.passageOf(speaker).cut();
        } else if (draw < 0.6) {
          const ear = ears[Math.floor(random() * ears.length)] as Ear;
          cuts++;
          for (const passage of world.passagesOf(ear.listener)) {
            if (draw < 0.2) passage.blackhole();
            else passage.cut();
          }
        }
      };

      const steps = (LIMITS * LIMIT_MINUTES) / STEP_MINUTES;
      for (let step = 0; step < steps; step++) {
        // While those who are due move, they are told something.
        const passed = world.pass(STEP_MINUTES * MINUTE_MS, step % 8 === 0 ? tell : undefined);
        if (step % 5 === 1) spoil();
        await passed;
        if (step % 20 === 19) await world.sweep();
      }
      for (let step = 0; step < 16; step++) await world.pass(STEP_MINUTES * MINUTE_MS);
      await world.sweep();
      await world.settle();
      await tell();
      await world.settle();

      expect(speaker.state).to.equal('live');
      // What they went through tells more than the state that is wrong.
      expect(ears.filter(({ listener }) => listener.state !== 'live').map(({ path }) => path.slice(-8))).to.deep.equal(
        [],
      );
      expect(await world.session(speaker.sessionId)).to.include({ state: 'active', listenerCount: LISTENERS });
      expect(await world.listenersOf(speaker.sessionId)).to.have.length(LISTENERS);
      expect(world.stack.gateway.connections()).to.have.length(LISTENERS + 1);
      const all = Array.from({ length: rounds }, (_, index) => index + 1);
      for (const [index, { heard, lost, listener }] of ears.entries()) {
        expect(heard, `listener ${index}`).to.deep.equal({ [listener.targetLanguage]: all, all });
        expect(lost).to.deep.equal([]);
      }
      expect(refreshes).to.be.at.least(LIMITS * LISTENERS);
      expect(cuts).to.be.at.least(Math.floor(0.6 * LIMITS));
    } finally {
      await world.stop();
    }
  });

  it('spread over time when all of them are cut at once, and all are back', async () => {
    const world = await World.start();
    try {
      const random = seeded(7);
      const speaker = await world.speak('ruth', { random });
      const listeners: Listener[] = [];
      for (let start = 0; start < LISTENERS; start += 10) {
        const ten = Array.from({ length: 10 }, () => world.join(speaker.sessionId, { random }));
        listeners.push(...(await Promise.all(ten)));
      }
      await world.pass(31_000);
      const delaysMs: number[] = [];
      const failures: string[] = [];
      for (const listener of listeners) {
        listener.on('retry', ({ delayMs, attempt, error }) => {
          if (attempt === 0) delaysMs.push(delayMs);
          else failures.push(error.message);
        });
      }

      const lost = Promise.all(listeners.map((listener) => nextEvent(listener, 'statechange')));
      for (const passage of world.network.passages) passage.cut();
      await lost;
      await world.settle();

      // One attempt each, evenly between 0.1 and 5 seconds: 40 in each fifth, give or take what 200 draws may.
      expect(failures).to.deep.equal([]);
      expect(delaysMs).to.have.length(LISTENERS);
      const fifths = [0, 0, 0, 0, 0];
      for (const delayMs of delaysMs) {
        const fifth = Math.floor(((delayMs - 100) / 4900) * 5);
        fifths[fifth] = (fifths[fifth] ?? 0) + 1;
      }
      for (const count of fifths) expect(count).to.be.within(22, 58);
      expect(listeners.filter(({ state }) => state !== 'live')).to.deep.equal([]);
      expect(await world.session(speaker.sessionId)).to.include({ state: 'active', listenerCount: LISTENERS });
    } finally {
      await world.stop();
    }
  });
});
