import { createHash, randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Queue as QueueSettings } from '../stack/model.ts';
import { type MessageAttributes, md5OfAttributes } from './message-attributes.ts';

/** @see `ReceiveMessage`, SQS API Reference */
export interface ReceivedMessage {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly MD5OfBody: string;
  readonly Body: string;
  readonly Attributes: Readonly<Record<string, string>>;
  readonly MessageAttributes?: MessageAttributes;
  readonly MD5OfMessageAttributes?: string;
}

interface Message {
  readonly id: string;
  readonly body: string;
  readonly attributes: MessageAttributes | undefined;
  readonly sentAtMs: number;
  readonly sender: string;
  visibleAtMs: number;
  firstReceivedAtMs?: number;
  receives: number;
  /** Of its receives: each deletes it. */
  handles: string[];
}

export const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

/** A standard queue: at least once, in about the order in which messages came. In memory. */
export class Queue {
  readonly settings: QueueSettings;
  readonly #clock: Clock;
  readonly #createdAtMs: number;
  #messages: Message[] = [];
  /** Called when there may be something to receive. */
  readonly #waiting = new Set<() => void>();

  constructor(settings: QueueSettings, clock: Clock) {
    this.settings = settings;
    this.#clock = clock;
    this.#createdAtMs = clock.nowMs();
  }

  send(
    body: string,
    { sender, delayMs, attributes }: { sender: string; delayMs?: number; attributes?: MessageAttributes | undefined },
  ): string {
    const nowMs = this.#clock.nowMs();
    const id = randomUUID();
    const visibleAtMs = nowMs + (delayMs ?? this.settings.delaySeconds * 1000);
    this.#messages.push({ id, body, attributes, sender, sentAtMs: nowMs, visibleAtMs, receives: 0, handles: [] });
    for (const notify of this.#waiting) notify();
    return id;
  }

  /** Receives up to so many messages, and waits for the first one. */
  async receive(most: number, { visibilityMs, waitMs }: { visibilityMs: number; waitMs: number }) {
    const untilMs = this.#clock.nowMs() + waitMs;
    for (;;) {
      const received = this.#take(most, visibilityMs);
      const leftMs = untilMs - this.#clock.nowMs();
      if (received.length > 0 || leftMs <= 0) return received;
      await this.#something(leftMs);
    }
  }

  /** @returns false: there is no such receipt handle */
  delete(handle: string): boolean {
    const before = this.#messages.length;
    this.#messages = this.#messages.filter(({ handles }) => !handles.includes(handle));
    return this.#messages.length < before;
  }

  /**
   * Hides a message that was received for so long from now on; 0: it can be received again at once.
   * @returns false: it is not being received
   */
  changeVisibility(handle: string, visibilityMs: number): boolean {
    const nowMs = this.#clock.nowMs();
    const message = this.#messages.find(({ handles }) => handles.includes(handle));
    if (!message || message.visibleAtMs <= nowMs) return false;
    message.visibleAtMs = nowMs + visibilityMs;
    for (const notify of this.#waiting) notify();
    return true;
  }

  purge(): void {
    this.#messages = [];
  }

  attributes(): Record<string, string> {
    const nowMs = this.#clock.nowMs();
    this.#expire(nowMs);
    const count = (test: (message: Message) => boolean) => String(this.#messages.filter(test).length);
    const { arn, visibilityTimeoutSeconds, delaySeconds, waitSeconds, retentionSeconds, maximumMessageBytes } =
      this.settings;
    const createdSeconds = String(Math.floor(this.#createdAtMs / 1000));
    return {
      QueueArn: arn,
      ApproximateNumberOfMessages: count(({ visibleAtMs }) => visibleAtMs <= nowMs),
      ApproximateNumberOfMessagesNotVisible: count(({ visibleAtMs, receives }) => visibleAtMs > nowMs && receives > 0),
      ApproximateNumberOfMessagesDelayed: count(({ visibleAtMs, receives }) => visibleAtMs > nowMs && receives === 0),
      CreatedTimestamp: createdSeconds,
      LastModifiedTimestamp: createdSeconds,
      VisibilityTimeout: String(visibilityTimeoutSeconds),
      MaximumMessageSize: String(maximumMessageBytes),
      MessageRetentionPeriod: String(retentionSeconds),
      DelaySeconds: String(delaySeconds),
      ReceiveMessageWaitTimeSeconds: String(waitSeconds),
    };
  }

  #take(most: number, visibilityMs: number): ReceivedMessage[] {
    const nowMs = this.#clock.nowMs();
    this.#expire(nowMs);
    return this.#messages
      .filter(({ visibleAtMs }) => visibleAtMs <= nowMs)
      .slice(0, most)
      .map((message) => {
        const handle = randomUUID();
        message.handles.push(handle);
        message.receives += 1;
        message.firstReceivedAtMs ??= nowMs;
        message.visibleAtMs = nowMs + visibilityMs;
        return received(message, handle);
      });
  }

  #expire(nowMs: number): void {
    const oldestMs = nowMs - this.settings.retentionSeconds * 1000;
    this.#messages = this.#messages.filter(({ sentAtMs }) => sentAtMs > oldestMs);
  }

  /** Waits for a message that is sent or shows again, for so long at most. */
  #something(mostMs: number): Promise<void> {
    const nowMs = this.#clock.nowMs();
    const next = this.#messages.reduce((least, { visibleAtMs }) => Math.min(least, visibleAtMs - nowMs), mostMs);
    return new Promise((resolve) => {
      const end = () => {
        cancel();
        this.#waiting.delete(end);
        resolve();
      };
      const cancel = this.#clock.setTimer(end, Math.max(1, next));
      this.#waiting.add(end);
    });
  }
}

function received(message: Message, ReceiptHandle: string): ReceivedMessage {
  const { id, body, attributes, sentAtMs, sender, receives, firstReceivedAtMs = 0 } = message;
  return {
    MessageId: id,
    ReceiptHandle,
    MD5OfBody: md5(body),
    Body: body,
    Attributes: {
      SenderId: sender,
      SentTimestamp: String(sentAtMs),
      ApproximateReceiveCount: String(receives),
      ApproximateFirstReceiveTimestamp: String(firstReceivedAtMs),
    },
    ...(attributes && { MessageAttributes: attributes, MD5OfMessageAttributes: md5OfAttributes(attributes) }),
  };
}
