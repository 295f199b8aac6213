import { expect } from 'chai';
import { createMemoryTables } from '../../src/memory/index.ts';
import type { ServerMessageOf } from '../../src/protocol/index.ts';
import { createPublish, type Published } from '../../src/sessions/index.ts';
import { fakeClock } from '../support/clock.ts';
import { createFakeMeter } from '../support/fake-meter.ts';
import { createLogUnderFaults } from '../support/log-under-faults.ts';
import { seededRandom } from '../support/random.ts';
import { sampleSession } from '../support/samples.ts';

const sessionId = 'faithful-shepherd-427';
/** More take a while: `PUBLISH_RUNS=20000` for a change of the algorithm. */
const RUNS = Number(process.env.PUBLISH_RUNS ?? 300);
const FIRST_SEED = Number(process.env.PUBLISH_SEED ?? 1);
const MESSAGES_A_PUBLISHER = 6;
const MAX_ATTEMPTS = 4;

interface Said {
  readonly id: string | undefined;
  readonly data: string;
  readonly published: Published;
}

/** Several publishers, each with its messages one after the other, in a world where everything fails now and then. */
async function run(seed: number) {
  const random = seededRandom(seed);
  const clock = fakeClock();
  const tables = createMemoryTables();
  tables.putSession({ session: sampleSession({ expiresAt: 1e12 }) });
  const faults = createLogUnderFaults(tables, clock, random);
  const sent: ServerMessageOf<'message'>[] = [];
  const publishOnce = (request: { id?: string; data: string }): Promise<Published> =>
    createPublish({
      messageLog: faults.invocation(),
      deliverer: {
        run: async (task) => {
          if (task.task === 'deliverMessage') sent.push(task.message);
          return { delivered: 1, gone: 0, failed: 0 };
        },
      },
      meter: createFakeMeter(),
      clock,
      settings: { historyMs: 1000, messageMaxAgeMs: 10_000 },
    })({ sessionId, to: 'es', ...request });

  const said: Said[] = [];
  const running = new Set<Promise<unknown>>();
  const attempt = (request: { id?: string; data: string }) => {
    const attempted = publishOnce(request).then(
      (published) => void said.push({ id: request.id, data: request.data, published }),
      () => {},
    );
    running.add(attempted);
    return attempted;
  };
  /** Whether an attempt has ended, or was killed: its caller does not wait for longer than this. */
  const settled = async (attempted: Promise<unknown>) => {
    let isOver = false;
    void attempted.then(() => {
      isOver = true;
    });
    for (let waited = 0; waited < 40 && !isOver; waited++) await tick();
    return isOver;
  };
  const ticks: (() => void)[] = [];
  const tick = () => new Promise<void>((resolve) => void ticks.push(resolve));

  async function publisher(name: number): Promise<void> {
    for (let index = 0; index < MESSAGES_A_PUBLISHER; index++) {
      // Some messages are published by two publishers, each with the same ID; some have none.
      const kind = random();
      const id = kind < 0.2 ? undefined : kind < 0.4 ? `shared-${index}` : `${name}-${index}`;
      const request = { ...(id === undefined ? {} : { id }), data: id ?? `nameless-${name}-${index}` };
      for (let attempts = 0; attempts < (id === undefined ? 1 : MAX_ATTEMPTS); attempts++) {
        const before = said.length;
        await settled(attempt(request));
        if (said.slice(before).some((one) => one.data === request.data) && random() < 0.9) break;
      }
    }
  }

  let active = 4;
  for (let name = 0; name < 4; name++) void publisher(name).finally(() => active--);
  while (active > 0) {
    await faults.step();
    for (const resolve of ticks.splice(0)) resolve();
    await new Promise(setImmediate);
  }
  // What still runs, comes to its end; then one more publisher finds everything as it should be.
  faults.calm();
  const headBefore = faults.headOffset();
  const last = attempt({ id: 'last', data: 'last' });
  let isOver = false;
  void last.then(() => {
    isOver = true;
  });
  while (!isOver) {
    await faults.step();
    await new Promise(setImmediate);
  }
  return { said, sent, faults, headBefore };
}

describe('The log, with many publishers, crashes, lost answers, stale heads and repeated IDs', () => {
  it(`has no gap, no double and no offset used twice, in ${RUNS} runs from seed ${FIRST_SEED}`, async function () {
    this.timeout(0);
    const seen = { repeated: 0, unraised: 0, counted: 0 };
    for (let seed = FIRST_SEED; seed < FIRST_SEED + RUNS; seed++) {
      const { said, sent, faults, headBefore } = await run(seed);
      const { problems, counted } = faults.watched;
      const which = `PUBLISH_SEED=${seed} PUBLISH_RUNS=1`;
      expect(problems, which).to.deep.equal([]);

      const contents = [...counted.values()].map((message) => (message as { data: string }).data);
      const ids = contents.filter((data) => !data.startsWith('nameless'));
      expect(new Set(ids).size, `${which}: an ID is at two offsets`).to.equal(ids.length);
      for (const { data, published } of said) {
        const { offset } = published.receipt;
        const at = counted.get(offset) as { data: string } | undefined;
        expect(at?.data, `${which}: what the receipt for ${offset} says`).to.equal(data);
      }
      for (const { offset, data } of sent) {
        const at = counted.get(offset) as { data: string } | undefined;
        expect(at?.data, `${which}: what was sent as ${offset}`).to.equal(data);
      }
      const last = said.at(-1);
      expect(last?.data, which).to.equal('last');
      expect(last?.published.receipt.offset, which).to.be.greaterThan(headBefore);
      expect(faults.headOffset(), which).to.equal(counted.size);
      seen.repeated += said.filter(({ published }) => published.receipt.repeated).length;
      seen.counted += counted.size;
      seen.unraised += contents.filter((data) => !said.some((one) => one.data === data)).length;
    }
    // A world in which nothing happens proves nothing.
    expect(seen.repeated).to.be.greaterThan(RUNS);
    expect(seen.counted).to.be.greaterThan(RUNS * 10);
    expect(seen.unraised, 'messages whose publisher was killed').to.be.greaterThan(RUNS / 2);
  });
});
