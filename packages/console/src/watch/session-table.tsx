import { languageName } from '../shared/languages.ts';
import type { StoredSession } from './local-api.ts';

const SHOWN = 12;

export function SessionTable({ sessions }: { sessions: readonly StoredSession[] }) {
  if (sessions.length === 0) return <p class="quiet">None yet. Open one on the Speak page.</p>;
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Session</th>
          <th scope="col">State</th>
          <th scope="col">Spoken</th>
          <th scope="col" class="number">
            Listeners
          </th>
        </tr>
      </thead>
      <tbody>
        {sessions.slice(0, SHOWN).map((session) => (
          <tr key={session.sessionId}>
            <th scope="row">{session.sessionId}</th>
            <td>{stateOf(session)}</td>
            <td>{languageName(session.sourceLanguage)}</td>
            <td class="number">{session.listenerCount}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const stateOf = ({ state }: StoredSession): string => (state === 'active' ? 'live' : state);
