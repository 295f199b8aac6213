import { useState } from 'preact/hooks';
import { LanguageSelect } from '../shared/language-select.tsx';
import { preferred, spoken } from '../shared/languages.ts';
import type { Settings } from '../shared/settings.ts';
import { type GetToken, signInLocally, signInWithCognito } from '../shared/sign-in.ts';

/** What a speaker has chosen. */
export interface Start {
  readonly signIn: () => Promise<GetToken>;
  readonly sourceLanguage: string;
  readonly qualityTier: 'standard' | 'premium';
}

interface StartFormProps {
  readonly settings: Settings;
  readonly isStarting: boolean;
  readonly onStart: (start: Start) => void;
}

export function StartForm({ settings: { cognito, isLocal }, isStarting, onStart }: StartFormProps) {
  const [username, setUsername] = useState(isLocal ? 'demo-speaker' : '');
  const [password, setPassword] = useState('');
  const [sourceLanguage, setSourceLanguage] = useState(() => preferred(spoken, 'en'));
  const [isPremium, setPremium] = useState(false);
  const signIn = () => (cognito ? signInWithCognito(cognito, username, password) : signInLocally(username));

  if (!isLocal && !cognito) {
    return (
      <p role="alert">
        Signing in is not possible here: on a local stack it takes the address that npm start printed, and elsewhere a
        config.json with region and userPoolClientId.
      </p>
    );
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onStart({ signIn, sourceLanguage, qualityTier: isPremium ? 'premium' : 'standard' });
      }}
    >
      <label>
        <span>{cognito ? 'User name' : 'Speak as'}</span>
        <input
          name="username"
          autoComplete="username"
          required
          value={username}
          onInput={({ currentTarget }) => setUsername(currentTarget.value)}
        />
        {!cognito && <p class="hint">A demo speaker: the local stack signs in anybody.</p>}
      </label>
      {cognito && (
        <label>
          <span>Password</span>
          <input
            name="password"
            type="password"
            autoComplete="current-password"
            required
            value={password}
            onInput={({ currentTarget }) => setPassword(currentTarget.value)}
          />
        </label>
      )}
      <LanguageSelect label="You speak" choices={spoken} value={sourceLanguage} onChange={setSourceLanguage} />
      <label>
        <span>Quality</span>
        <select
          name="quality"
          value={isPremium ? 'premium' : 'standard'}
          onChange={({ currentTarget }) => setPremium(currentTarget.value === 'premium')}
        >
          <option value="standard">Standard</option>
          <option value="premium">Premium</option>
        </select>
      </label>
      <button type="submit" class="main" disabled={isStarting}>
        {isStarting ? 'Starting …' : 'Start the session'}
      </button>
    </form>
  );
}
