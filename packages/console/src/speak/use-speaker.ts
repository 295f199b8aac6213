import type { BroadcastState, OverReason, SessionStatus, Speaker, State } from '@sessions/client';
import { useEffect, useState } from 'preact/hooks';
import { errorText, overText, retryText } from '../shared/words.ts';

export interface SpeakerView {
  readonly state: State;
  /** What is done about a problem, or why it is over. */
  readonly more: string;
  readonly broadcastState: BroadcastState;
  readonly reason?: OverReason;
  readonly status?: SessionStatus;
}

const viewOf = ({ state, broadcastState }: Speaker): SpeakerView => ({ state, broadcastState, more: '' });

/** A speaker as the page shows it. */
export function useSpeaker(speaker: Speaker): SpeakerView {
  const [view, setView] = useState<SpeakerView>(() => viewOf(speaker));
  useEffect(() => {
    const change = (part: Partial<SpeakerView>) => setView((last) => ({ ...last, ...part }));
    // Also for the one that takes the place of another in the same component.
    setView(viewOf(speaker));
    const offs = [
      speaker.on('statechange', ({ to }) => change(to === 'live' ? { state: to, more: '' } : { state: to })),
      speaker.on('status', (status) => change({ status })),
      speaker.on('broadcastStateChanged', (broadcastState) => change({ broadcastState })),
      speaker.on('retry', (retry) => change({ more: retryText(retry) })),
      speaker.on('ended', ({ reason }) => change({ reason, more: overText(reason) })),
      speaker.on('failed', ({ error }) => change({ more: errorText(error) })),
    ];
    // From then on the service pushes every change. Refused or unanswered: the next change brings one.
    void speaker.getStatus().catch(() => {});
    return () => {
      for (const off of offs) off();
    };
  }, [speaker]);
  return view;
}
