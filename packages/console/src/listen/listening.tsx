import type { BroadcastState, Listener, State } from '@sessions/client';
import { useEffect, useState } from 'preact/hooks';
import { LanguageSelect } from '../shared/language-select.tsx';
import { heard, languageName } from '../shared/languages.ts';
import { StateLine } from '../shared/state-line.tsx';
import { broadcastText, errorText, overText, retryText } from '../shared/words.ts';
import { Captions } from './captions.tsx';

interface ListeningProps {
  readonly listener: Listener;
  readonly language: string;
  readonly onLanguage: (code: string) => void;
  readonly onClose: () => void;
}

/** In a session: how it is, in plain words, and what one can do. */
export function Listening({ listener, language, onLanguage, onClose }: ListeningProps) {
  const { state, more, broadcastState } = useListener(listener);
  const [problem, setProblem] = useState<string>();
  const isOver = state === 'ended' || state === 'failed';

  useEffect(() => listener.on('languageChanged', ({ targetLanguage }) => onLanguage(targetLanguage)), [listener]);

  const change = (code: string) => {
    setProblem(undefined);
    onLanguage(code);
    listener.changeLanguage(code).catch((error: unknown) => {
      onLanguage(listener.targetLanguage);
      setProblem(errorText(error));
    });
  };
  return (
    <>
      <h1 data-session-id={listener.sessionId}>{listener.sessionId}</h1>
      <StateLine of="listener" state={state} more={more} />
      <p class="quiet">
        Spoken in <span lang={listener.sourceLanguage}>{languageName(listener.sourceLanguage)}</span>
      </p>
      <p role="status" data-broadcast>
        {isOver ? '' : broadcastText(broadcastState)}
      </p>
      <Captions listener={listener} />
      {problem !== undefined && <p role="alert">{problem}</p>}
      {isOver ? (
        <button type="button" class="main" onClick={onClose}>
          Join another session
        </button>
      ) : (
        <form onSubmit={(event) => event.preventDefault()}>
          <LanguageSelect label="You hear" choices={heard} value={language} onChange={change} />
          <button type="button" onClick={() => void listener.leave()}>
            Leave
          </button>
        </form>
      )}
    </>
  );
}

interface View {
  readonly state: State;
  readonly more: string;
  readonly broadcastState: BroadcastState;
}

function useListener(listener: Listener): View {
  const [view, setView] = useState<View>(() => viewOf(listener));
  useEffect(() => {
    const change = (part: Partial<View>) => setView((last) => ({ ...last, ...part }));
    // What happened between the join and this effect.
    change(viewOf(listener));
    const offs = [
      listener.on('broadcastStateChanged', (broadcastState) => change({ broadcastState })),
      listener.on('statechange', ({ to }) => change(to === 'live' ? { state: to, more: '' } : { state: to })),
      listener.on('retry', (retry) => change({ more: retryText(retry) })),
      listener.on('ended', ({ reason }) => change({ more: overText(reason) })),
      listener.on('failed', ({ error }) => change({ more: errorText(error) })),
    ];
    return () => {
      for (const off of offs) off();
    };
  }, [listener]);
  return view;
}

const viewOf = ({ state, broadcastState }: Listener): View => ({ state, broadcastState, more: '' });
