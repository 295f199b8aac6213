/** Listeners of one session, as cheap as they can be, in a process of their own. */
import { answerParent } from '../gateway/child.ts';
import { LightSocket, textFrame } from '../gateway/light-socket.ts';

export type AudienceCommands = typeof commands;

/** Joins that are in flight at once. */
const IN_FLIGHT = 50;
const MESSAGE = Buffer.from('"type":"message"');
const REPLY = Buffer.from('"requestId":"r"');
const ACK = Buffer.from('"heartbeatAck"');
const TOO_MANY = Buffer.from('"Too Many Requests"');
/** Between two looks at what has come. */
const LOOK_MS = 5;

/** What all processes of a machine read alike, milliseconds. */
const nowMs = (): number => performance.timeOrigin + performance.now();

/** Between two attempts, when the quota is used up. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 200));

class Member {
  readonly #socket: LightSocket;
  #onReply: ((payload: string) => void) | undefined;
  beatAtMs = 0;

  constructor(socket: LightSocket) {
    this.#socket = socket;
    socket.onText = (payload) => {
      if (payload.includes(MESSAGE)) {
        received++;
        lastAtMs = nowMs();
      } else if (payload.includes(REPLY) || (this.#onReply && payload.includes(TOO_MANY))) {
        const onReply = this.#onReply;
        this.#onReply = undefined;
        onReply?.(payload.toString());
      } else if (this.beatAtMs > 0 && (payload.includes(ACK) || payload.includes(TOO_MANY))) {
        beats.push({ isAnswered: payload.includes(ACK), ms: nowMs() - this.beatAtMs });
        this.beatAtMs = 0;
      }
    };
  }

  static async open(url: string, token?: string): Promise<Member> {
    const protocols = ['session.v1', ...(token === undefined ? [] : [`bearer.${token}`])];
    for (;;) {
      const socket = await LightSocket.open(url, protocols).catch((error: Error) => {
        if (!error.message.includes(' 429 ')) throw error;
      });
      if (socket) return new Member(socket);
      await pause();
    }
  }

  async ask(message: object): Promise<Readonly<Record<string, unknown>>> {
    const { promise, resolve } = Promise.withResolvers<string>();
    this.#onReply = resolve;
    this.#socket.send(textFrame(JSON.stringify({ ...message, requestId: 'r' })));
    const reply = JSON.parse(await promise) as Readonly<Record<string, unknown>>;
    if (reply.message === 'Too Many Requests') {
      await pause();
      return this.ask(message);
    }
    if (reply.type === 'error') throw new Error(`Refused: ${JSON.stringify(reply)}`);
    return reply;
  }

  beat(): void {
    this.beatAtMs = nowMs();
    this.#socket.send(heartbeat);
  }
}

const heartbeat = textFrame('{"action":"heartbeat","sentAt":1}');
let speaker: Member | undefined;
const members: Member[] = [];
let received = 0;
let lastAtMs = 0;
/** Of the heartbeats that have an answer. */
let beats: { readonly isAnswered: boolean; readonly ms: number }[] = [];
let beaten = 0;
let beatTimer: NodeJS.Timeout | undefined;
let nextToBeat = 0;

const commands = {
  async createSession({ url, token }: { url: string; token: string }) {
    speaker = await Member.open(url, token);
    const { sessionId, joinKey } = await speaker.ask({ action: 'createSession', sourceLanguage: 'en' });
    return { sessionId: String(sessionId), joinKey: String(joinKey) };
  },
  /** @returns their connection IDs */
  async join({
    url,
    sessionId,
    joinKey,
    count,
  }: {
    url: string;
    sessionId: string;
    joinKey: string;
    count: number;
  }): Promise<string[]> {
    const connectionIds: string[] = [];
    let left = count;
    const lane = async () => {
      while (left-- > 0) {
        const member = await Member.open(url);
        const joined = await member.ask({ action: 'joinSession', sessionId, joinKey, targetLanguage: 'es' });
        connectionIds.push(String(joined.connectionId));
        members.push(member);
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
    return connectionIds;
  },
  /** Begins to count anew. */
  async arm(): Promise<void> {
    received = 0;
    lastAtMs = 0;
  },
  /** Waits until so many messages have come since `arm`, at most for so long. */
  async arrived({ count, withinMs }: { count: number; withinMs: number }) {
    const until = nowMs() + withinMs;
    while (received < count && nowMs() < until) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    return { received, lastAtMs };
  },
  /** Has one listener after the other send a heartbeat, so many a second, until it is stopped. */
  async startBeats(perSecond: number): Promise<void> {
    beats = [];
    beaten = 0;
    const everyMs = 20;
    const startMs = nowMs();
    beatTimer = setInterval(() => {
      const due = Math.floor(((nowMs() - startMs) / 1000) * perSecond);
      for (; beaten < due; beaten++) members[nextToBeat++ % members.length]?.beat();
    }, everyMs);
  },
  async stopBeats() {
    clearInterval(beatTimer);
    return { sent: beaten, beats };
  },
};

answerParent(commands);
