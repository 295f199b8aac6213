import { EventEmitter, once } from 'node:events';
import { createPublisher, type Publisher } from '@sessions/backend';
import { joinAsListener, type Listener, type ReceivedMessage } from '@sessions/client';
import type { Receipt } from '@sessions/core/protocol';
import type { DeliveryOutcome } from '@sessions/core/sessions';
import { expect } from 'chai';
import { leaveOutWhenFast } from '../../../../scripts/tools/need-tools.ts';
import { DeliveryLog, type System, startSystem } from '../../src/index.ts';

const isNight = process.env.TEST_NIGHTLY === '1';
const LISTENERS = isNight ? 500 : 100;
const MESSAGES = isNight ? 10_000 : 200;
const LANGUAGES = ['es', 'fr', 'de', 'pt', 'it', 'ko', 'ja', 'pl', 'nl', 'sv'];
/** Of the listeners, one in twenty is gone and one in a hundred reads nothing; all others are live. */
const GONE = LISTENERS / 20;
const STUCK = LISTENERS / 100;
/** Messages that each of the two publishers has under way. */
const LANES = 3;
/** Every connection is asked to move at its first heartbeat; the old one stays open for a fifth of that time. */
const HEARTBEAT_SECONDS = 8;
const OVERLAP_MS = 1600;
/** What a stuck listener delays its message's receipt by, and nothing else. */
const MAX_AGE_SECONDS = 5;
/** Longer than the test. */
const STALLED_MS = 3_600_000;

interface Data {
  readonly n: number;
}

/** A listener, and what it has heard. */
interface Ear {
  readonly language: string;
  readonly listener: Listener<Data>;
  readonly heard: ReceivedMessage<Data>[];
}

const languageOf = (index: number): string => LANGUAGES[index % LANGUAGES.length] as string;
const channelOf = (n: number): string => (n % 20 === 7 ? 'all' : languageOf(n));
/** Published twice with the same ID. */
const isRepeated = (n: number): boolean => n % 20 === 13;

describe(`${MESSAGES} messages from two publishers to ${LISTENERS} listeners`, function () {
  this.timeout(isNight ? 3_600_000 : 240_000);
  const endpoint = process.env.AWS_ENDPOINT_URL_LAMBDA;
  let system: System;
  let log: DeliveryLog;
  /** Ends whoever still listens. */
  const over = new AbortController();
  before(async function () {
    leaveOutWhenFast(this, 'messages to listeners who move, vanish and stall');
    log = new DeliveryLog();
    system = await startSystem(
      {
        heartbeat_interval_seconds: String(HEARTBEAT_SECONDS),
        connection_refresh_minutes: '0',
        message_max_age_seconds: String(MAX_AGE_SECONDS),
        history_seconds: '3600',
        rate_limit_heartbeats_per_min: '60',
        rate_limit_recoveries_per_min: '600',
        rate_limit_connection_attempts_per_min: '1000000',
      },
      {
        onAwsCall: log.onAwsCall,
        onInvocation: log.onInvocation,
        // A client that reads nothing is full at once, so that the gateway answers 429 to its posts.
        limits: { sendBufferBytes: 3072 },
        // A stuck listener keeps an invocation busy for as long as its message is young.
        lambda: { maxInstancesPerFunction: 2 * LANES },
      },
    );
    process.env.AWS_ENDPOINT_URL_LAMBDA = system.stack.endpoint;
  });
  after(async () => {
    over.abort();
    if (endpoint === undefined) delete process.env.AWS_ENDPOINT_URL_LAMBDA;
    else process.env.AWS_ENDPOINT_URL_LAMBDA = endpoint;
    await system?.stop();
  });

  it('reach each of those who live once and in order, and every receipt is what the gateway has delivered', async () => {
    const { sessionId, created } = await system.broadcast('ezra');
    const changes = new EventEmitter().setMaxListeners(LISTENERS);
    const until = async (isSo: () => boolean) => {
      while (!isSo()) await once(changes, 'change');
    };
    const moved = new Set<Ear>();
    const lost: unknown[] = [];
    const receipts: Receipt[] = [];
    const enter = async (index: number): Promise<Ear> => {
      const { joinKey } = created;
      const language = languageOf(index);
      const listener = await joinAsListener<Data>({
        url: system.stack.webSocketUrl,
        sessionId,
        joinKey,
        targetLanguage: language,
        signal: over.signal,
        timing: { overlapMs: OVERLAP_MS },
      });
      const ear: Ear = { language, listener, heard: [] };
      listener.on('message', (message) => {
        ear.heard.push(message);
        changes.emit('change');
      });
      listener.on('messagesLost', (range) => lost.push(range));
      listener.on('statechange', ({ from, to }) => {
        if (from === 'refreshing' && to === 'live') moved.add(ear);
        changes.emit('change');
      });
      return ear;
    };
    const ears = await inLanes(LISTENERS - GONE - STUCK, 10, enter);
    const goners = await inLanes(GONE, 10, (index) => system.joined(sessionId, languageOf(index)));
    const stuck = await inLanes(STUCK, 10, (index) => system.joined(sessionId, languageOf(index)));
    await system.faults(
      ...stuck.map((client) => ({
        call: { operation: 'PostToConnection', resource: `*/@connections/${system.connectionIdOf(client)}` },
        do: { stallMs: STALLED_MS },
      })),
      { call: { operation: 'PostToConnection', function: '*-deliverer' }, every: 20, do: 'throttle' },
      // Those who are cut are gone without a word, and the ends of connections that were left come late.
      { disconnect: { statusCode: 1006 }, do: 'lose' },
      { disconnect: {}, do: { delayMs: [0, 1000] } },
    );

    const sent = new Map<string, number>();
    const receive = (n: number, receipt: Receipt) => {
      receipts.push(receipt);
      sent.set(keyOf(receipt), n);
      // They vanish one after the other, while messages are on their way to them.
      const isDue = Math.floor((receipts.length * (GONE + 1)) / MESSAGES) > GONE - goners.length;
      if (isDue) void goners.pop()?.cut();
    };
    const publish = (publisher: Publisher) => async (n: number) => {
      const message = { sessionId, to: channelOf(n), name: 'caption', data: { n }, id: `message-${n}` };
      const receipt = await publisher.publish(message);
      expect(receipt).to.include({ channel: channelOf(n), epoch: created.epoch, repeated: false });
      receive(n, receipt);
      if (!isRepeated(n)) return;
      const again = await publisher.publish(message);
      expect(again).to.include({ offset: receipt.offset, epoch: receipt.epoch, repeated: true });
      receive(n, again);
    };
    const publishers = publishersOf(system);
    // The functions are warm, as those of a session that goes on are.
    const warmUp = { sessionId, to: 'speaker', data: null };
    await Promise.all(
      publishers.flatMap((publisher) => Array.from({ length: LANES }, () => publisher.publish(warmUp))),
    );
    log.fanOuts.length = 0;
    const [byHttp, byInvocation] = publishers.map(publish);
    await Promise.all([
      inLanes(MESSAGES / 2, LANES, (index) => byHttp?.(2 * index)),
      inLanes(MESSAGES / 2, LANES, (index) => byInvocation?.(2 * index + 1)),
    ]);

    // Offsets have no gaps, and no message has another one's.
    const heads = new Map<string, number>();
    for (const { channel, offset } of receipts) heads.set(channel, Math.max(offset, heads.get(channel) ?? 0));
    expect([...heads.keys()].sort()).to.deep.equal([...LANGUAGES, 'all'].sort());
    expect([...heads.values()].reduce((sum, head) => sum + head)).to.equal(MESSAGES);
    expect(sent.size).to.equal(MESSAGES);
    expect(new Set(sent.values()).size).to.equal(MESSAGES);

    // Every live listener has every message of its channels once and in order.
    const headOf = (channel: string) => heads.get(channel) ?? 0;
    await until(() => ears.every(({ heard, language }) => heard.length >= headOf(language) + headOf('all')));
    for (const { heard, language } of ears) {
      for (const channel of [language, 'all']) {
        const expected = Array.from({ length: headOf(channel) }, (_, index) => {
          const offset = index + 1;
          return [offset, sent.get(keyOf({ channel, offset }))];
        });
        const actual = heard.filter((message) => message.channel === channel);
        expect(actual.map(({ offset, data }) => [offset, data.n])).to.deep.equal(expected);
      }
      expect(heard).to.have.length(headOf(language) + headOf('all'));
    }
    expect(lost).to.deep.equal([]);

    // Every receipt is what the gateway did; one that was repeated has two.
    for (const [message, list] of Map.groupBy(receipts, keyOf)) {
      const fanOuts = log.fanOuts.filter((fanOut) => keyOf(fanOut) === message).map(({ answered }) => answered);
      expect(fanOuts, message).to.have.length(list.length);
      for (const [index, receipt] of list.entries()) expectTrue(receipt, fanOuts[index], message);
    }

    // What was to go wrong did.
    const total = (of: (receipt: Receipt) => number) => receipts.reduce((sum, receipt) => sum + of(receipt), 0);
    expect(total(({ gone }) => gone)).to.be.at.least(1);
    expect(total(({ failed }) => failed)).to.be.at.least(1);
    await until(() => moved.size >= LISTENERS / 5);
    await Promise.all(ears.map(({ listener }) => listener.leave()));
  });
});

const keyOf = ({ channel, offset }: { channel: string; offset: number }): string => `${channel}#${offset}`;

/**
 * A receipt without failures is exact. Where the time ran out, a post may have been under way: the gateway has delivered
 * it, and its sender, who did not hear that, counts a failure, which is recovered. Never the other way round.
 */
function expectTrue({ delivered, gone, failed }: Receipt, done: DeliveryOutcome | undefined, message: string): void {
  if (!done) throw new Error(`No fan-out of ${message}`);
  if (failed === 0) {
    expect({ delivered, gone, failed }, message).to.deep.equal(done);
    return;
  }
  expect(delivered, message).to.be.at.most(done.delivered);
  expect(gone, message).to.be.at.most(done.gone);
  expect(delivered + gone + failed, message).to.be.at.least(done.delivered + done.gone + done.failed);
}

/** One by the HTTP API, one that invokes the function. */
function publishersOf({ stack }: System): [Publisher, Publisher] {
  const { credentials } = stack;
  const { region, outputs } = stack.stack;
  // More patient than a busy machine is slow: an attempt that is given up leaves a fan-out without a receipt.
  const patience = { budgetMs: 120_000, attemptTimeoutMs: 60_000 };
  return [
    createPublisher({ httpApiUrl: String(outputs.http_api_url), region, credentials, ...patience }),
    createPublisher({ functionName: String(outputs.publisher_function_name), region, credentials, ...patience }),
  ];
}

/** Does something for each number below `count`, some at a time. */
async function inLanes<T>(count: number, lanes: number, work: (index: number) => Promise<T> | undefined): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < count; index = next++) results.push((await work(index)) as T);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}
