import type { SessionStatus, Speaker, State } from '@sessions/client';
import { useEffect, useState } from 'preact/hooks';
import { errorText, overText, retryText } from '../shared/words.ts';

/** The service pushes changes, but the last of several only with its next sweep: so this asks as well. Milliseconds. */
const ASK_EVERY_MS = 10_000;

export interface SpeakerView {
  readonly state: State;
  /** What is done about a problem, or why it is over. */
  readonly more: string;
  readonly status?: SessionStatus;
}

/** A speaker as the page shows it. */
export function useSpeaker(speaker: Speaker): SpeakerView {
  const [view, setView] = useState<SpeakerView>({ state: speaker.state, more: '' });
  useEffect(() => {
    const change = (part: Partial<SpeakerView>) => setView((last) => ({ ...last, ...part }));
    const offs = [
      speaker.on('statechange', ({ to }) => change(to === 'live' ? { state: to, more: '' } : { state: to })),
      speaker.on('status', (status) => change({ status })),
      speaker.on('retry', (retry) => change({ more: retryText(retry) })),
      speaker.on('ended', ({ reason }) => change({ more: overText(reason) })),
      speaker.on('failed', ({ error }) => change({ more: errorText(error) })),
    ];
    // Refused or unanswered: the last one stays, and there will be another.
    const ask = () => void (speaker.state === 'live' && speaker.getStatus().catch(() => {}));
    ask();
    const timer = setInterval(ask, ASK_EVERY_MS);
    return () => {
      clearInterval(timer);
      for (const off of offs) off();
    };
  }, [speaker]);
  return view;
}
