import { joinAsListener, type Listener } from '@sessions/client';
import { useState } from 'preact/hooks';
import { heard, preferred } from '../shared/languages.ts';
import type { Settings } from '../shared/settings.ts';
import { errorText } from '../shared/words.ts';
import { JoinForm } from './join-form.tsx';
import { Listening } from './listening.tsx';

/** A listener's page: the session's ID, a language, and what goes on. */
export function ListenPage({ settings, sessionId }: { settings: Settings; sessionId?: string | undefined }) {
  const [listener, setListener] = useState<Listener>();
  const [isJoining, setJoining] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [language, setLanguage] = useState(() => preferred(heard, 'en'));

  const join = async (session: string) => {
    setJoining(true);
    setProblem(undefined);
    try {
      const url = settings.webSocketUrl;
      setListener(await joinAsListener({ url, sessionId: session, targetLanguage: language }));
    } catch (error) {
      setProblem(errorText(error));
    }
    setJoining(false);
  };

  if (listener) {
    return (
      <Listening
        listener={listener}
        language={language}
        onLanguage={setLanguage}
        onClose={() => setListener(undefined)}
      />
    );
  }
  return (
    <>
      <h1>Listen in your language</h1>
      {problem !== undefined && <p role="alert">{problem}</p>}
      <JoinForm
        key={sessionId}
        sessionId={sessionId}
        language={language}
        isJoining={isJoining}
        onLanguage={setLanguage}
        onJoin={join}
      />
    </>
  );
}
