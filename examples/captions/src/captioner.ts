import { PublishError, type Publisher } from '@sessions/backend';
import type { SessionView } from '../../../docs/events/consumer.mjs';
import { type Sentence, transcribe, translate } from './stub.ts';

export interface CaptionerOptions {
  readonly publisher: Publisher;
  /** Between two sentences, milliseconds. */
  readonly everyMs: number;
  readonly log: (line: string) => void;
}

/** Captions the sessions that have a listener, each sentence in the languages that are in use when it is spoken. */
export interface Captioner {
  /** Call for a session that an event has changed. */
  update(session: SessionView): void;
  /** Ends all captions. */
  stop(): Promise<void>;
}

interface Running {
  session: SessionView;
  readonly over: AbortController;
  readonly done: Promise<void>;
}

export function createCaptioner({ publisher, everyMs, log }: CaptionerOptions): Captioner {
  /** By ID and time of creation: an ID can be used again. */
  const running = new Map<string, Running>();

  async function caption(key: string, over: AbortController): Promise<void> {
    const sessionOf = () => running.get(key)?.session;
    for await (const sentence of transcribe(everyMs, over.signal)) {
      const session = sessionOf();
      // Nobody speaks: it is scheduled or interrupted, or its start is still on the way.
      if (session?.state !== 'active') continue;
      // Languages side by side. The next sentence waits for all of them, so each language has its captions in order.
      await Promise.all(
        Object.keys(session.languages).map((language) => publishCaption(session, sentence, language, over)),
      );
    }
  }

  async function publishCaption(
    session: SessionView,
    { number, text }: Sentence,
    language: string,
    over: AbortController,
  ) {
    const { sessionId } = session;
    try {
      const { offset, delivered, gone, failed } = await publisher.publish(
        {
          sessionId,
          to: language,
          name: 'caption',
          data: { number, text: await translate(text, language) },
        },
        { signal: over.signal },
      );
      log(`${sessionId} ${language} ${offset}: delivered ${delivered}, gone ${gone}, failed ${failed}`);
    } catch (error) {
      if (over.signal.aborted) return;
      // The session has ended, and its event is on the way.
      if (error instanceof PublishError && error.code === 'SESSION_NOT_FOUND') over.abort();
      log(`${sessionId} ${language}: ${error instanceof Error ? error.message : error}`);
    }
  }

  return {
    update(session) {
      const key = `${session.sessionId}#${session.createdAt}`;
      const known = running.get(key);
      if (session.state === 'ended') {
        known?.over.abort();
      } else if (known) {
        known.session = session;
      } else if (Object.keys(session.languages).length > 0) {
        const over = new AbortController();
        const done = Promise.resolve()
          .then(() => caption(key, over))
          .finally(() => {
            running.delete(key);
            log(`${session.sessionId}: the captions have ended`);
          });
        running.set(key, { session, over, done });
      }
    },
    async stop() {
      const all = [...running.values()];
      for (const { over } of all) over.abort();
      await Promise.all(all.map(({ done }) => done));
    },
  };
}
