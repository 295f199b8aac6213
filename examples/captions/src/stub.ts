/** What a real pipeline gets from speech recognition and translation. Put yours in the place of these two. */
import { setTimeout } from 'node:timers/promises';

const SENTENCES = [
  'Good morning, and welcome.',
  'We begin in a moment.',
  'Please choose the language that you want to hear.',
  'Thank you for listening.',
];

export interface Sentence {
  /** From 1, by session. */
  readonly number: number;
  readonly text: string;
}

/** "Recognizes" what is said in a session: a sentence at a time, until the signal is aborted. */
export async function* transcribe(everyMs: number, signal: AbortSignal): AsyncGenerator<Sentence> {
  for (let number = 1; !signal.aborted; number++) {
    yield { number, text: SENTENCES[(number - 1) % SENTENCES.length] ?? '' };
    await setTimeout(everyMs, undefined, { signal }).catch(() => {}); // the session has ended
  }
}

/** "Translates" a sentence. */
export const translate = async (text: string, language: string): Promise<string> => `[${language}] ${text}`;
