import type { StackState } from '@sessions/local/page';
import { useState } from 'preact/hooks';
import type { Settings } from '../shared/settings.ts';
import { cutConnection, runSchedules, type StoredSession, setFaults, setTimeScale } from './local-api.ts';
import { SimulatedListeners } from './simulated-listeners.ts';

const AUDIENCE = 50;
const COMPRESSED = 60;
const THROTTLED_SECONDS = 10;

interface ControlsProps {
  readonly settings: Settings;
  readonly state: StackState;
  readonly sessions: readonly StoredSession[];
}

/** Buttons that make something happen, or go wrong. */
export function Controls({ settings, state, sessions }: ControlsProps) {
  const [said, setSaid] = useState('');
  const [audience] = useState(() => new SimulatedListeners(settings.webSocketUrl));
  const session = sessions.find((each) => each.state !== 'ended');
  const isCompressed = state.clock.scale > 1;

  const doing = (what: string, act: () => Promise<unknown>) => () => {
    setSaid(`${what} …`);
    act().then(
      (result) => setSaid(typeof result === 'string' ? result : `${what}: done.`),
      (error: Error) => setSaid(`${what}: ${error.message}`),
    );
  };

  return (
    <section aria-label="Make something happen" class="controls">
      <button
        type="button"
        disabled={!session}
        onClick={doing(`${AUDIENCE} listeners join`, async () => {
          const joined = await audience.join(session?.sessionId ?? '', AUDIENCE);
          return `${joined} of ${AUDIENCE} listeners have joined ${session?.sessionId}.`;
        })}
      >
        Add {AUDIENCE} listeners
      </button>
      <button type="button" onClick={doing('The simulated listeners leave', () => audience.leave())}>
        Send them home
      </button>
      <button type="button" onClick={doing('A connection is cut', () => cutConnection())}>
        Cut a connection
      </button>
      <button
        type="button"
        onClick={doing('The next $disconnect will be lost', () =>
          setFaults({ rules: [{ name: 'lose a $disconnect', disconnect: {}, do: 'lose', times: 1 }] }),
        )}
      >
        Lose a $disconnect
      </button>
      <button
        type="button"
        onClick={doing(`DynamoDB throttles for ${THROTTLED_SECONDS} s`, () =>
          setFaults(
            { rules: [{ name: 'throttle DynamoDB', call: { service: 'dynamodb' }, do: 'throttle' }] },
            THROTTLED_SECONDS,
          ),
        )}
      >
        Throttle DynamoDB for {THROTTLED_SECONDS} s
      </button>
      <button
        type="button"
        aria-pressed={isCompressed}
        onClick={doing(isCompressed ? 'Time runs as usual' : `Time runs ${COMPRESSED} times as fast`, () =>
          setTimeScale(isCompressed ? 1 : COMPRESSED),
        )}
      >
        Compress time ×{COMPRESSED}
      </button>
      <button type="button" onClick={doing('The sweeper runs', runSchedules)}>
        Sweep now
      </button>
      <p role="status">{said || (session ? '' : 'Listeners can be added once a session is open.')}</p>
    </section>
  );
}
