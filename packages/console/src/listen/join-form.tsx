import { useState } from 'preact/hooks';
import { LanguageSelect } from '../shared/language-select.tsx';
import { heard } from '../shared/languages.ts';

interface JoinFormProps {
  readonly sessionId?: string | undefined;
  readonly language: string;
  readonly onLanguage: (code: string) => void;
  readonly onJoin: (sessionId: string) => void;
}

export function JoinForm({ sessionId = '', language, onLanguage, onJoin }: JoinFormProps) {
  const [typed, setTyped] = useState(sessionId);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onJoin(typed);
      }}
    >
      <label>
        <span>Session</span>
        <input
          name="session"
          required
          maxLength={64}
          autoComplete="off"
          autoCapitalize="none"
          spellcheck={false}
          placeholder="faithful shepherd 427"
          value={typed}
          onInput={({ currentTarget }) => setTyped(currentTarget.value)}
        />
        <p class="hint">Two words and a number, as the speaker shows them. Spaces will do.</p>
      </label>
      <LanguageSelect label="You want to hear" choices={heard} value={language} onChange={onLanguage} />
      <button type="submit" class="main">
        Join
      </button>
    </form>
  );
}
