import { createListener, type Listener } from '@sessions/client';
import { useState } from 'preact/hooks';
import { heard, preferred } from '../shared/languages.ts';
import type { Settings } from '../shared/settings.ts';
import { useWait, Waiting } from '../shared/waiting.tsx';
import { errorText } from '../shared/words.ts';
import { JoinForm } from './join-form.tsx';
import { Listening } from './listening.tsx';

interface ListenPageProps {
  readonly settings: Settings;
  /** Of the link that led here. */
  readonly sessionId?: string | undefined;
  readonly joinKey?: string | undefined;
}

/** A listener's page: the session's ID, a language, and what goes on. */
export function ListenPage({ settings, sessionId, joinKey }: ListenPageProps) {
  const [listener, setListener] = useState<Listener>();
  const [isJoined, setJoined] = useState(false);
  const [wait, setWait] = useWait();
  const [problem, setProblem] = useState<string>();
  const [language, setLanguage] = useState(() => preferred(heard, 'en'));

  const close = () => {
    setListener(undefined);
    setJoined(false);
  };
  const join = async (typed: string) => {
    setProblem(undefined);
    setWait(undefined);
    const joining = createListener({
      url: settings.webSocketUrl,
      sessionId: typed,
      targetLanguage: language,
      // The key is that of the link's session, and of no other.
      joinKey: typed === sessionId ? joinKey : undefined,
    });
    joining.on('retry', setWait);
    joining.on('connecting', () => setWait(undefined));
    setListener(joining);
    try {
      await joining.join();
      setJoined(true);
    } catch (error) {
      close();
      // Cancelled: the reader knows.
      if (joining.state !== 'ended') setProblem(errorText(error));
    }
  };

  if (listener && !isJoined) return <Waiting of="listener" wait={wait} onCancel={() => void listener.leave()} />;
  if (listener) return <Listening listener={listener} language={language} onLanguage={setLanguage} onClose={close} />;
  return (
    <>
      <h1>Listen in your language</h1>
      {problem !== undefined && <p role="alert">{problem}</p>}
      <JoinForm key={sessionId} sessionId={sessionId} language={language} onLanguage={setLanguage} onJoin={join} />
    </>
  );
}
