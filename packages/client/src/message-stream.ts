import { MessageOverflowError } from './errors.ts';

/** Enough for minutes of audio; who is further behind will not catch up. */
const MAX_WAITING = 10_000;

type End = { readonly error: Error | undefined };

/** One consumer's view of the messages, from when it was asked for to the end. */
export class MessageStream<Message> implements AsyncIterableIterator<Message> {
  readonly #onReturn: (stream: MessageStream<Message>) => void;
  readonly #queue: Message[] = [];
  readonly #waiting: { resolve: (result: IteratorResult<Message>) => void; reject: (error: Error) => void }[] = [];
  #end: End | undefined;

  constructor(onReturn: (stream: MessageStream<Message>) => void) {
    this.#onReturn = onReturn;
  }

  push(message: Message): void {
    if (this.#end) return;
    const waiter = this.#waiting.shift();
    if (waiter) waiter.resolve({ done: false, value: message });
    else if (this.#queue.push(message) > MAX_WAITING) this.finish(overflow());
  }

  /** No more will come; what waits can still be taken. */
  finish(error?: Error): void {
    if (this.#end) return;
    this.#end = { error };
    for (const { resolve, reject } of this.#waiting.splice(0)) {
      if (error) reject(error);
      else resolve({ done: true, value: undefined });
    }
  }

  next(): Promise<IteratorResult<Message>> {
    if (this.#queue.length > 0) return Promise.resolve({ done: false, value: this.#queue.shift() as Message });
    const end = this.#end;
    if (end?.error) {
      this.#end = { error: undefined }; // an iterator throws once
      return Promise.reject(end.error);
    }
    if (end) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  return(): Promise<IteratorResult<Message>> {
    this.#queue.length = 0;
    this.finish();
    this.#onReturn(this);
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

const overflow = () =>
  new MessageOverflowError(`More than ${MAX_WAITING} messages wait to be taken`, {
    code: 'MESSAGE_OVERFLOW',
    cause: 'Messages come faster than the loop over messages() takes them.',
    remedy: 'Do less in the loop, or leave it when it is not needed any more.',
    retriesByItself: false,
  });
