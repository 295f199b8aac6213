import { createSpeaker, type Speaker, type SpeakOptions } from '@sessions/client';
import { useState } from 'preact/hooks';
import type { Settings } from '../shared/settings.ts';
import { useWait, Waiting } from '../shared/waiting.tsx';
import { errorText } from '../shared/words.ts';
import { Broadcast } from './broadcast.tsx';
import { type Start, StartForm } from './start-form.tsx';

/** A speaker's page: sign in, choose a language, speak. */
export function SpeakPage({ settings }: { settings: Settings }) {
  const [options, setOptions] = useState<SpeakOptions>();
  const [speaker, setSpeaker] = useState<Speaker>();
  const [isStarting, setStarting] = useState(false);
  const [isLive, setLive] = useState(false);
  const [wait, setWait] = useWait();
  const [problem, setProblem] = useState<string>();

  const close = () => {
    setSpeaker(undefined);
    setLive(false);
  };
  const open = async (chosen: SpeakOptions) => {
    setProblem(undefined);
    setWait(undefined);
    setLive(false);
    setOptions(chosen);
    const starting = createSpeaker(chosen);
    starting.on('retry', setWait);
    starting.on('connecting', () => setWait(undefined));
    setSpeaker(starting);
    try {
      await starting.start();
      setLive(true);
    } catch (error) {
      close();
      if (starting.state !== 'ended') setProblem(errorText(error));
    }
  };
  const start = async ({ signIn, sourceLanguage, qualityTier }: Start) => {
    setStarting(true);
    setProblem(undefined);
    try {
      const getToken = await signIn();
      await open({ url: settings.webSocketUrl, getToken, sourceLanguage, qualityTier });
    } catch (error) {
      setProblem(errorText(error));
    }
    setStarting(false);
  };
  const takeOver = ({ sessionId }: Speaker) => {
    if (options) void open({ ...options, resume: { sessionId, takeOver: true } });
  };

  if (speaker && !isLive) return <Waiting of="speaker" wait={wait} onCancel={() => void speaker.end()} />;
  if (speaker) {
    return (
      <Broadcast speaker={speaker} pageUrl={settings.pageUrl} onClose={close} onTakeOver={() => takeOver(speaker)} />
    );
  }
  return (
    <>
      <h1>Speak to everybody, in their language</h1>
      {problem !== undefined && <p role="alert">{problem}</p>}
      <StartForm settings={settings} isStarting={isStarting} onStart={start} />
    </>
  );
}
