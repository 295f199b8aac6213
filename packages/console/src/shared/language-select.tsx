import type { Language } from './languages.ts';

interface LanguageSelectProps {
  readonly label: string;
  readonly choices: readonly Language[];
  readonly value: string;
  readonly onChange: (code: string) => void;
}

/** A choice among languages, each by its own name. */
export function LanguageSelect({ label, choices, value, onChange }: LanguageSelectProps) {
  return (
    <label>
      <span>{label}</span>
      <select name="language" value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
        {choices.map(({ code, name }) => (
          <option key={code} value={code} lang={code} selected={code === value}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
