import WebSocket from 'ws';
import {
  createListener,
  createSpeaker,
  type JoinOptions,
  type Listener,
  type Speaker,
  type SpeakOptions,
} from '../../src/index.ts';
import { ManualClock } from './manual-clock.ts';
import { CLIENT_HEADER, ScriptedService } from './scripted-service.ts';
import { PATIENCE_MS, TestClock } from './test-clock.ts';

const PATIENCE = { requestTimeoutMs: PATIENCE_MS, ackTimeoutMs: PATIENCE_MS };

/** The real SDK against a service that does what a test says, on a time that passes when nothing is in flight. */
export class ScriptedWorld {
  readonly clock: TestClock;
  readonly service: ScriptedService;
  readonly clients: (Speaker | Listener)[] = [];

  private constructor(clock: TestClock, service: ScriptedService) {
    this.clock = clock;
    this.service = service;
  }

  static async start(): Promise<ScriptedWorld> {
    const clock = new TestClock(new ManualClock());
    const service = await ScriptedService.start(() => clock.nowMs());
    service.onSilence = () => clock.changed();
    return new ScriptedWorld(clock, service);
  }

  async stop(): Promise<void> {
    const over = this.clients.map((client) => ('leave' in client ? client.leave() : client.end()));
    await this.meanwhile(Promise.all(over));
    await this.service.stop();
  }

  #options() {
    const url = this.service.url;
    const client = `client ${this.clients.length}`;
    class OfClient extends WebSocket {
      constructor(address: string, protocols: string[]) {
        super(address, protocols, { headers: { [CLIENT_HEADER]: client } });
      }
    }
    return { url, WebSocket: OfClient, clock: this.clock.of(client), timing: PATIENCE };
  }

  listener(options: Partial<JoinOptions> & { sessionId: string }): Listener {
    const listener = createListener({ targetLanguage: 'es', ...this.#options(), ...options });
    this.clients.push(listener);
    return listener;
  }

  speaker(options: Partial<SpeakOptions> = {}): Speaker {
    const getToken = () => this.service.token('ruth');
    const speaker = createSpeaker({ getToken, sourceLanguage: 'en', ...this.#options(), ...options });
    this.clients.push(speaker);
    return speaker;
  }

  /** Does something later, while time passes. */
  after(ms: number, act: () => void): void {
    this.clock.of('the test').setTimer(act, ms);
  }

  /** Lets time pass until nothing is in flight and no client is getting over anything. */
  settle(): Promise<void> {
    return this.clock.settle(
      () => false,
      (client) => this.service.silentTo.has(client),
    );
  }

  /** Waits, while no time passes. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Lets time pass, a second at a time, with what follows from it. */
  async pass(ms: number): Promise<void> {
    for (let passedMs = 0; passedMs < ms; passedMs += 1000) {
      await this.settle();
      this.clock.advance(Math.min(1000, ms - passedMs));
    }
    await this.settle();
  }

  /** Lets time pass until a promise is settled. */
  async meanwhile<Value>(promise: Promise<Value>): Promise<Value> {
    let isSettled = false;
    const done = () => {
      isSettled = true;
    };
    promise.then(done, done);
    while (!isSettled) await this.pass(1000);
    return promise;
  }
}
