import { SUBPROTOCOL } from '@sessions/core/protocol';
import { Connection, HandshakeRefused } from './connection.ts';
import { aText, aTimeOfNow, detailsAbout, differences, type Expected, type Frame } from './expectations.ts';
import type { Journal, Operation } from './journal.ts';
import { NoAnswer, SmokeError } from './smoke-error.ts';

export interface CastOptions {
  readonly url: string;
  readonly token: string;
  readonly timeoutMs: number;
  readonly journal: Journal;
}

/** Everybody who takes part: opens their connections, sends their messages, and sees them all off at the end. */
export class Cast {
  readonly #options: CastOptions;
  readonly #connections: Connection[] = [];
  readonly #mayGet = new Map<Connection, Expected>();
  /** Every connection ID that the service has told. */
  readonly connectionIds = new Set<string>();
  /** Ends the session, if there is one that has not ended. */
  unfinished: (() => Promise<unknown>) | undefined;
  #hasLeft = false;

  constructor(options: CastOptions) {
    this.#options = options;
  }

  speaker(who: string): Promise<Connection> {
    return this.#connect(who, this.#options.token);
  }

  listener(who: string): Promise<Connection> {
    return this.#connect(who);
  }

  async #connect(who: string, token?: string): Promise<Connection> {
    const { url, timeoutMs, journal } = this.#options;
    const connection = await journal
      .time('connect', () => Connection.open({ url, who, timeoutMs, ...(token === undefined ? {} : { token }) }))
      .catch((error) => {
        throw token !== undefined && error instanceof HandshakeRefused && error.statusCode === 401
          ? new SmokeError(`${error.message}: the token is not one of this service, or has expired`)
          : error;
      });
    this.#connections.push(connection);
    if (this.#hasLeft) {
      await connection.close();
      throw new SmokeError(`${who}: came when all was over`);
    }
    journal.check(
      connection.protocol === SUBPROTOCOL,
      `${who}: the service chose the subprotocol ${JSON.stringify(connection.protocol)}, and should choose ${SUBPROTOCOL}`,
    );
    return connection;
  }

  /** Somebody who must not get in. */
  async intruder(who: string, token: string): Promise<void> {
    const { url, timeoutMs, journal } = this.#options;
    const outcome = await journal.time('refused connect', () =>
      Connection.open({ url, who, token, timeoutMs }).catch((error) => {
        if (error instanceof HandshakeRefused) return error.statusCode;
        throw error;
      }),
    );
    if (typeof outcome === 'object') this.#connections.push(outcome);
    const what = typeof outcome === 'object' ? 'was let in' : `was refused with ${outcome}`;
    journal.check(outcome === 401, `${who}: ${what}, and should be refused with 401`);
  }

  /** Sends a message, checks every field of the reply, and returns it. @throws {SmokeError} another reply, or none */
  async ask(operation: Operation, connection: Connection, message: Frame, expected: Expected): Promise<Frame> {
    const { journal } = this.#options;
    const { reply, requestId } = await journal.time(operation, () => connection.request(message));
    journal.checkMessage(`${connection.who}: reply to ${String(message.action)}`, reply, { ...expected, requestId });
    if (typeof reply.connectionId === 'string') this.connectionIds.add(reply.connectionId);
    return reply;
  }

  /**
   * Sends a message that must be refused, and checks every field of the error. What is wrong with it is noted.
   * @param about what `details` must name: a field; no field (`{}`); or there must be no details
   * @throws {NoAnswer}
   */
  async refused(
    connection: Connection,
    message: Frame | string,
    code: string,
    about: { field?: string } | 'nothing' = 'nothing',
  ): Promise<void> {
    const { journal } = this.#options;
    const what = typeof message === 'string' ? `the text ${JSON.stringify(message)}` : String(message.action);
    const error = {
      type: 'error',
      code,
      message: aText,
      timestamp: aTimeOfNow,
      ...(about === 'nothing' ? {} : { details: detailsAbout(about.field) }),
    };
    try {
      if (typeof message === 'string') {
        const reply = await journal.time('refused message', () => {
          connection.sendText(message);
          return connection.next(() => true, `answer to ${what}`);
        });
        journal.checkMessage(`${connection.who}: answer to ${what}`, reply, error);
      } else {
        await this.ask('refused message', connection, message, error);
      }
    } catch (failure) {
      // Nothing else depends on a refusal: the others are worth knowing, too.
      if (!(failure instanceof SmokeError) || failure instanceof NoAnswer) throw failure;
      journal.fail(failure.message);
    }
  }

  /** What may be pushed to a connection at any time, and need not be. */
  mayGet(connection: Connection, push: Expected): void {
    this.#mayGet.set(connection, push);
  }

  /** Ends the session if that has not been done, and closes every connection. What came that nobody asked for is a failure. */
  async leave(): Promise<void> {
    const { journal } = this.#options;
    this.#hasLeft = true;
    const end = this.unfinished;
    this.unfinished = undefined;
    // Whatever went wrong has been told; a speaker's goodbye, below, ends the session as well.
    await end?.().catch(() => {});
    await Promise.all(this.#connections.map((connection) => connection.close()));
    if (journal.failures.length > 0) return; // then it is no news that messages were left
    for (const connection of this.#connections) {
      for (const frame of connection.unread) this.#checkUnread(connection, frame);
    }
  }

  #checkUnread(connection: Connection, frame: Frame): void {
    const { journal } = this.#options;
    const expected = this.#mayGet.get(connection);
    if (frame.type === expected?.type) {
      for (const difference of differences(frame, expected ?? {})) {
        journal.fail(`${connection.who}: push of ${String(frame.type)}: ${difference}`);
      }
    } else journal.fail(`${connection.who}: got ${JSON.stringify(frame)}, which nobody expected`);
  }
}
