import type { SessionStatus, Speaker } from '@sessions/client';
import { useState } from 'preact/hooks';
import { CAPTION, type CaptionData } from '../shared/caption.ts';
import { languageName } from '../shared/languages.ts';
import { errorText } from '../shared/words.ts';

const ALL = 'all';

/** Text that the speaker types: to everybody, or to those who listen in one language. */
export function Announce({ speaker, status }: { speaker: Speaker; status: SessionStatus | undefined }) {
  const [text, setText] = useState('');
  const [to, setTo] = useState(ALL);
  const [outcome, setOutcome] = useState<string>();
  const [problem, setProblem] = useState<string>();
  const [isPublishing, setPublishing] = useState(false);
  // Also the one that was chosen, although its last listener may have left.
  const languages = Object.keys({ ...status?.listenersByLanguage, ...(to !== ALL && { [to]: 0 }) }).sort();

  const publish = async () => {
    setOutcome(undefined);
    setProblem(undefined);
    setPublishing(true);
    try {
      const data: CaptionData = { text };
      await speaker.publish({ to, name: CAPTION, data });
      setText('');
      setOutcome(`Published to ${to === ALL ? 'everybody' : languageName(to)}.`);
    } catch (error) {
      setProblem(errorText(error));
    }
    setPublishing(false);
  };
  return (
    <form
      aria-label="Announcement"
      onSubmit={(event) => {
        event.preventDefault();
        void publish();
      }}
    >
      <label>
        <span>Announcement</span>
        <input
          name="text"
          required
          maxLength={500}
          autoComplete="off"
          value={text}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
      </label>
      <label>
        <span>To</span>
        <select name="to" value={to} onChange={({ currentTarget }) => setTo(currentTarget.value)}>
          <option value={ALL} selected={to === ALL}>
            Everybody
          </option>
          {languages.map((code) => (
            <option key={code} value={code} lang={code} selected={to === code}>
              {languageName(code)}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" disabled={isPublishing}>
        Publish
      </button>
      <p role="status">{outcome}</p>
      {problem !== undefined && <p role="alert">{problem}</p>}
    </form>
  );
}
