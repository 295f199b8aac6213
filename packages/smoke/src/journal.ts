import { differences, type Expected, type Frame, show } from './expectations.ts';
import { SmokeError } from './smoke-error.ts';

/** What latencies are kept of. `push`: from asking, for the end or for a message to be sent, until a client hears of it. */
export const operations = [
  'connect',
  'refused connect',
  'createSession',
  'joinSession',
  'heartbeat',
  'changeLanguage',
  'setBroadcastState',
  'refreshConnection',
  'publish',
  'recover',
  'getSessionStatus',
  'endSession',
  'refused message',
  'sessionEnded push',
  'message push',
] as const;
export type Operation = (typeof operations)[number];

/** What was checked, what was wrong, and how long it took. */
export class Journal {
  readonly failures: string[] = [];
  readonly latenciesMs = new Map<Operation, number[]>();
  #checks = 0;

  /** How many answers and other facts were checked. */
  get checks(): number {
    return this.#checks;
  }

  fail(problem: string): void {
    this.failures.push(problem);
  }

  /** One fact that must be so. */
  check(isSo: boolean, problem: string): void {
    this.#checks += 1;
    if (!isSo) this.fail(problem);
  }

  /**
   * Checks a message, field by field.
   * @param where begins the line about each field that is wrong
   * @throws {SmokeError} it is another message altogether: what follows would make no sense
   */
  checkMessage(where: string, frame: Frame, expected: Expected): void {
    this.#checks += 1;
    if (frame.type !== expected.type || frame.code !== expected.code) {
      throw new SmokeError(`${where}: should be ${nameOf(expected)}, and is ${show(frame)}`);
    }
    for (const difference of differences(frame, expected)) this.fail(`${where}: ${difference}`);
  }

  /** Keeps how long the work takes, if it succeeds. */
  async time<T>(operation: Operation, work: () => Promise<T>): Promise<T> {
    const startMs = performance.now();
    const result = await work();
    this.keep(operation, performance.now() - startMs);
    return result;
  }

  keep(operation: Operation, latencyMs: number): void {
    const values = this.latenciesMs.get(operation) ?? [];
    values.push(latencyMs);
    this.latenciesMs.set(operation, values);
  }
}

const nameOf = ({ type, code }: Expected): string => (code === undefined ? String(type) : `${type} ${code}`);
