import type { StackState } from '@sessions/local/page';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Settings } from '../shared/settings.ts';
import { Activity, type ActivitySummary } from './activity.ts';
import { Controls } from './controls.tsx';
import { EventTable } from './event-table.tsx';
import { fetchSessions, fetchState, followEvents, type StoredSession } from './local-api.ts';
import { Plot } from './plot.tsx';
import { SessionTable } from './session-table.tsx';

const REFRESH_MS = 1000;

/** What the local stack does now, and buttons to see it heal. */
export function WatchPage({ settings }: { settings: Settings }) {
  const { state, sessions, summary, connections } = useStack();
  const [isOnlyFailures, setOnlyFailures] = useState(false);
  if (!state || !summary) return <p>Looking at the stack …</p>;
  return (
    <>
      <h1>Watch {state.stack}</h1>
      <Controls settings={settings} state={state} sessions={sessions} />
      <section aria-label="Counters" class="cards">
        <Counter name="Connections" value={state.connections.length} />
        <Counter name="Active sessions" value={sessions.filter((session) => session.state !== 'ended').length} />
        <Counter name="Invocations" value={summary.invocations} />
        <Counter name="Failed invocations" value={summary.functionFailures} isBad={summary.functionFailures > 0} />
        <Counter name="AWS calls" value={summary.awsCalls} />
        <Counter name="Failed AWS calls" value={summary.awsFailures} isBad={summary.awsFailures > 0} />
        <Counter name="Faults" value={summary.faults} isBad={summary.faults > 0} />
      </section>
      <section aria-label="The last minute" class="plots">
        <Plot title="Connections" unit="" lines={[{ name: '', values: connections }]} />
        <Plot title="Messages" unit="a second" lines={[{ name: '', values: summary.messagesPerSecond }]} />
        <Plot
          title="Latency"
          unit="ms"
          lines={[
            { name: 'p50', values: summary.p50Ms },
            { name: 'p95', values: summary.p95Ms },
          ]}
        />
      </section>
      <div class="columns">
        <section aria-labelledby="sessions">
          <h2 id="sessions">Sessions</h2>
          <SessionTable sessions={sessions} />
          <h2>Errors by code</h2>
          <Errors errors={summary.errorsByCode} />
        </section>
        <section aria-labelledby="events">
          <h2 id="events">What happens</h2>
          <label class="check">
            <input
              type="checkbox"
              checked={isOnlyFailures}
              onChange={({ currentTarget }) => setOnlyFailures(currentTarget.checked)}
            />
            <span>Only what went wrong</span>
          </label>
          <EventTable events={isOnlyFailures ? summary.failures : summary.events} />
        </section>
      </div>
    </>
  );
}

function Counter({ name, value, isBad = false }: { name: string; value: number; isBad?: boolean }) {
  return (
    <p class={isBad ? 'card bad' : 'card'}>
      <span>{name}</span> <strong>{value}</strong>
    </p>
  );
}

function Errors({ errors }: { errors: ActivitySummary['errorsByCode'] }) {
  if (errors.length === 0) return <p class="quiet">None so far.</p>;
  return (
    <ul class="errors">
      {errors.map(([code, count]) => (
        <li key={code}>
          <code>{code}</code> <strong>{count}</strong>
        </li>
      ))}
    </ul>
  );
}

interface Look {
  readonly state?: StackState;
  readonly sessions: readonly StoredSession[];
  readonly summary?: ActivitySummary;
  readonly connections: readonly number[];
}

/** Follows the stack: its events as they come, its state once a second. */
function useStack(): Look {
  const [look, setLook] = useState<Look>({ sessions: [], connections: [] });
  const scale = useRef(1);
  useEffect(() => {
    const activity = new Activity();
    let connections: number[] = [];
    const stop = followEvents((events) => activity.add(events, nowSeconds(), scale.current));
    const refresh = async () => {
      // The stack may be restarting: what was seen last stays, and the next second is another chance.
      const state = await fetchState().catch(() => undefined);
      const sessions = state && (await fetchSessions(state.tables).catch(() => undefined));
      if (!state || !sessions) return;
      scale.current = state.clock.scale;
      connections = [...connections, state.connections.length].slice(-60);
      setLook({ state, sessions, summary: activity.summary(nowSeconds()), connections });
    };
    void refresh();
    const timer = setInterval(refresh, REFRESH_MS);
    return () => {
      clearInterval(timer);
      stop();
    };
  }, []);
  return look;
}

const nowSeconds = (): number => performance.now() / 1000;
