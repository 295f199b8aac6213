import { expect } from 'chai';
import { MessageReceiver, type Positions, type ReceivedSoFar } from '../src/message-receiver.ts';
import type { MessagesLost, ReceivedMessage } from '../src/types.ts';
import { ManualClock } from './support/manual-clock.ts';
import { type LoggedMessage, ScriptedLog } from './support/scripted-log.ts';
import { seeded } from './support/seeded.ts';

const message = (channel: string, offset: number, epoch = 1): ReceivedMessage => ({
  channel,
  epoch,
  offset,
  publishedAt: 1_800_000_000_000,
  data: null,
});

function setUp({ rewind }: { rewind?: number } = {}) {
  const clock = new ManualClock();
  const heard: string[] = [];
  const lost: MessagesLost[] = [];
  const asked: ReceivedSoFar[] = [];
  const receiver = new MessageReceiver({
    clock,
    random: () => 0,
    rewind,
    onMessage: ({ channel, offset }) => heard.push(`${channel} ${offset}`),
    onLost: (each) => lost.push(each),
    recover: (request) => {
      asked.push(request);
      return new Promise(() => {});
    },
  });
  return { receiver, clock, heard, lost, asked };
}

describe('the receiver of messages', () => {
  it('begins where the service says that the channels stand', () => {
    const { receiver, heard } = setUp();
    receiver.follow({ epoch: 1, positions: { es: 4, all: 0 } });

    for (const each of [message('es', 4), message('es', 5), message('all', 1)]) receiver.accept(each);

    expect(heard).to.deep.equal(['es 5', 'all 1']);
    expect(receiver.receivedSoFar).to.deep.equal({ epoch: 1, since: { es: 5, all: 1 } });
  });

  it('follows the channels that the last reply names, and no other', () => {
    const { receiver, heard } = setUp();
    receiver.follow({ epoch: 1, positions: { es: 4, all: 0 } });
    receiver.follow({ epoch: 1, positions: { fr: 8, all: 0 } });

    for (const each of [message('es', 5), message('fr', 9), message('all', 1)]) receiver.accept(each);

    expect(heard).to.deep.equal(['fr 9', 'all 1']);
    expect(receiver.receivedSoFar).to.deep.equal({ epoch: 1, since: { fr: 9, all: 1 } });
  });

  it('delivers what comes of a new channel before the reply that names it', () => {
    const { receiver, heard } = setUp();
    receiver.follow({ epoch: 1, positions: { es: 4, all: 0 } });

    for (const each of [message('fr', 9), message('es', 5)]) receiver.accept(each);
    receiver.follow({ epoch: 1, positions: { fr: 8, all: 0 } });

    expect(heard).to.deep.equal(['es 5', 'fr 9']);
  });

  it('takes nothing of another session of the same ID', () => {
    const { receiver, heard } = setUp();
    receiver.follow({ epoch: 2, positions: { es: 0 } });
    for (const epoch of [1, 2, 3]) receiver.accept(message('es', 1, epoch));
    receiver.expect({ epoch: 1, positions: { es: 40 } });

    expect(heard).to.deep.equal(['es 1']);
  });

  it('begins a later session of the same ID with what is replayed of it', () => {
    const { receiver, heard, lost, clock } = setUp();
    receiver.follow({ epoch: 1, positions: { es: 7 } });
    receiver.follow({ epoch: 2, positions: { es: 4 }, recovered: false });

    for (const offset of [3, 4]) receiver.accept(message('es', offset, 2));
    clock.advance(300);

    expect(heard).to.deep.equal(['es 3', 'es 4']);
    expect(lost).to.deep.equal([{ channel: 'es', from: 1, to: 2 }]);
  });

  it('begins with the last messages where that was asked for, and has lost nothing that is older', () => {
    const { receiver, heard, lost, clock } = setUp({ rewind: 5 });
    receiver.follow({ epoch: 1, positions: { es: 9, all: 1 }, recovered: false });

    for (const each of [message('es', 7), message('es', 8), message('es', 9), message('all', 1)]) receiver.accept(each);
    clock.advance(300);
    receiver.accept(message('es', 10));

    expect(heard).to.deep.equal(['all 1', 'es 7', 'es 8', 'es 9', 'es 10']);
    expect(lost).to.deep.equal([]);
  });

  it('learns of a lost last message from a heartbeat', () => {
    const { receiver, clock, asked } = setUp();
    receiver.follow({ epoch: 1, positions: { es: 4, all: 0 } });

    receiver.expect({ epoch: 1, positions: { es: 5, all: 0, fr: 9 } });
    clock.advance(2800);

    expect(asked).to.deep.equal([{ epoch: 1, since: { es: 4 } }]);
  });
});

/** A service, a network that loses, doubles and delays, and a client, all moved by one repeatable draw. */
class Chaos {
  readonly clock = new ManualClock();
  /** By channel and epoch, in each time that it was followed. */
  readonly heard = new Map<string, number[]>();
  readonly lost: MessagesLost[] = [];
  readonly receiver: MessageReceiver;
  readonly #random: () => number;
  log: ScriptedLog;
  epoch: number;
  language = 'es';
  isConnected = true;
  isCalm = false;
  #changes = 0;

  constructor(seed: number) {
    this.#random = seeded(seed);
    this.epoch = this.clock.nowMs();
    this.log = new ScriptedLog(this.epoch, () => this.clock.nowMs());
    this.receiver = new MessageReceiver({
      clock: this.clock,
      random: this.#random,
      onMessage: ({ channel, epoch, offset }) => {
        const key = channel === 'all' ? `all ${epoch}` : `${channel} ${epoch} ${this.#changes}`;
        this.heard.set(key, [...(this.heard.get(key) ?? []), offset]);
      },
      onLost: (each) => this.lost.push(each),
      recover: (request) => this.#recover(request),
    });
  }

  get followed(): string[] {
    return [this.language, 'all'];
  }

  #chance = (of: number): boolean => this.#random() < of;

  /** Sends after a while, now and then twice, now and then not at all. */
  #send(message: LoggedMessage): void {
    if (!this.isCalm && this.#chance(0.1)) return;
    const times = !this.isCalm && this.#chance(0.2) ? 2 : 1;
    for (let time = 0; time < times; time++) {
      this.clock.setTimer(() => this.isConnected && this.receiver.accept(message), this.#random() * 700);
    }
  }

  #recover(request: ReceivedSoFar): Promise<Positions & { recovered: boolean }> {
    return new Promise((resolve, reject) => {
      this.clock.setTimer(() => {
        if (!this.isConnected || (!this.isCalm && this.#chance(0.1))) {
          reject(new Error('The connection is lost'));
          return;
        }
        const { recovered, messages } = this.log.missed(this.followed, request);
        resolve({ ...this.log.positions(this.followed), recovered });
        for (const each of messages) this.#send(each);
      }, this.#random() * 200);
    });
  }

  publish(channel: string): void {
    const { message } = this.log.append({ to: channel, data: null });
    if (this.followed.includes(channel)) this.#send(message);
  }

  /** A reply that gives the place, with what was missed. */
  enter(): void {
    this.isConnected = true;
    const received = this.receiver.receivedSoFar;
    const missed = received && this.log.missed(this.followed, received);
    this.receiver.follow({ ...this.log.positions(this.followed), recovered: missed?.recovered });
    for (const each of missed?.messages ?? []) this.#send(each);
  }

  act(): void {
    const draw = this.#random();
    if (draw < 0.5) this.publish(this.#chance(0.7) ? this.language : 'all');
    else if (draw < 0.6) this.publish(this.language === 'es' ? 'fr' : 'es');
    else if (draw < 0.7) this.receiver.expect(this.log.positions(this.followed));
    else if (draw < 0.74) {
      this.isConnected = false;
      this.receiver.pause();
    } else if (draw < 0.84) this.enter();
    else if (draw < 0.88 && this.isConnected) {
      this.language = this.language === 'es' ? 'fr' : 'es';
      this.publish(this.language); // comes before the reply, or after it
      this.#changes++;
      this.receiver.follow(this.log.positions(this.followed));
    } else if (draw < 0.885) {
      this.epoch = this.clock.nowMs() + 1;
      this.clock.advance(1);
      this.log = new ScriptedLog(this.epoch, () => this.clock.nowMs());
      this.enter();
    }
  }

  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('the receiver of messages, in any interleaving', () => {
  for (let seed = 1; seed <= 60; seed++) {
    it(`delivers each message once, in order and without a gap, and in the end all of them (seed ${seed})`, async () => {
      const chaos = new Chaos(seed);
      chaos.enter();
      for (let step = 0; step < 150; step++) {
        chaos.act();
        await chaos.pass(50 + (step % 7) * 40);
      }
      chaos.isCalm = true;
      chaos.enter();
      for (const channel of chaos.followed) chaos.publish(channel);
      for (let step = 0; step < 400; step++) await chaos.pass(250);

      expect(chaos.receiver.receivedSoFar).to.deep.equal({
        epoch: chaos.epoch,
        since: chaos.log.positions(chaos.followed).positions,
      });
      // The service held everything all the time.
      expect(chaos.lost).to.deep.equal([]);
      for (const [key, offsets] of chaos.heard) {
        const [first = 0] = offsets;
        expect(offsets, key).to.deep.equal(offsets.map((_, index) => first + index));
      }
      expect([...chaos.heard.values()].flat().length).to.be.above(20);
    });
  }
});
