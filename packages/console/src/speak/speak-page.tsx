import { connectSpeaker, type Speaker } from '@sessions/client';
import { useState } from 'preact/hooks';
import type { Settings } from '../shared/settings.ts';
import { errorText } from '../shared/words.ts';
import { Broadcast } from './broadcast.tsx';
import { type Start, StartForm } from './start-form.tsx';

/** A speaker's page: sign in, choose a language, speak. */
export function SpeakPage({ settings }: { settings: Settings }) {
  const [speaker, setSpeaker] = useState<Speaker>();
  const [isStarting, setStarting] = useState(false);
  const [problem, setProblem] = useState<string>();

  const start = async ({ signIn, sourceLanguage, qualityTier }: Start) => {
    setStarting(true);
    setProblem(undefined);
    try {
      const getToken = await signIn();
      setSpeaker(await connectSpeaker({ url: settings.webSocketUrl, getToken, sourceLanguage, qualityTier }));
    } catch (error) {
      setProblem(errorText(error));
    }
    setStarting(false);
  };

  if (speaker) {
    return <Broadcast speaker={speaker} pageUrl={settings.pageUrl} onClose={() => setSpeaker(undefined)} />;
  }
  return (
    <>
      <h1>Speak to everybody, in their language</h1>
      {problem !== undefined && <p role="alert">{problem}</p>}
      <StartForm settings={settings} isStarting={isStarting} onStart={start} />
    </>
  );
}
