import { createListener, type Listener } from '@sessions/client';
import { heard } from '../shared/languages.ts';

/** So many at once: a browser opens connections to one host one after the other anyway. */
const AT_ONCE = 10;

/** Listeners that nobody listens to: each is a client like any other, in this page. */
export class SimulatedListeners {
  readonly #url: string;
  #listeners: Listener[] = [];

  constructor(url: string) {
    this.#url = url;
  }

  /** @returns how many of them have joined; the others were refused */
  async join(sessionId: string, count: number): Promise<number> {
    let joined = 0;
    const left = Array.from({ length: count }, (_, index) => heard[(index * index) % heard.length]?.code ?? 'en');
    const joinNext = async (): Promise<void> => {
      for (let targetLanguage = left.pop(); targetLanguage !== undefined; targetLanguage = left.pop()) {
        const listener = createListener({ url: this.#url, sessionId, targetLanguage });
        // From now on, so that one that has to wait can be sent home, too.
        this.#listeners.push(listener);
        await listener.join().then(
          () => joined++,
          () => {},
        );
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, joinNext));
    return joined;
  }

  /** They all go home. */
  async leave(): Promise<void> {
    await Promise.all(this.#listeners.splice(0).map((listener) => listener.leave()));
  }
}
