import type { Listener } from '@sessions/client';
import { useEffect, useState } from 'preact/hooks';
import { captionText } from '../shared/caption.ts';

interface Caption {
  readonly key: string;
  readonly text: string;
  readonly lang: string;
}

/** Enough to read what was said while one looked away. */
const MAX_SHOWN = 20;

/** What was published as text, the last at the bottom. */
export function Captions({ listener }: { listener: Listener }) {
  const [captions, setCaptions] = useState<readonly Caption[]>([]);
  useEffect(
    () =>
      listener.on('message', (message) => {
        const text = captionText(message);
        if (text === undefined) return;
        const { channel, epoch, offset } = message;
        // What goes to all is in the speaker's own words.
        const lang = channel === 'all' ? listener.sourceLanguage : channel;
        setCaptions((last) => [...last, { key: `${channel} ${epoch} ${offset}`, text, lang }].slice(-MAX_SHOWN));
      }),
    [listener],
  );
  return (
    <div role="log" aria-label="Captions">
      <ol class="captions">
        {captions.map(({ key, text, lang }) => (
          <li key={key} lang={lang} dir="auto">
            {text}
          </li>
        ))}
      </ol>
    </div>
  );
}
