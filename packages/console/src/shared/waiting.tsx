import type { Retry } from '@sessions/client';
import { useState } from 'preact/hooks';
import { StateLine } from './state-line.tsx';
import { useNow } from './use-now.ts';
import { waitText } from './words.ts';

/** A wait for the next attempt, as the page has seen it begin. */
export interface Wait {
  readonly retry: Retry;
  /** epoch milliseconds */
  readonly untilMs: number;
}

/** @returns the wait that goes on, and what to call when one begins, or an attempt does */
export function useWait(): [Wait | undefined, (retry: Retry | undefined) => void] {
  const [wait, setWait] = useState<Wait>();
  return [wait, (retry) => setWait(retry && { retry, untilMs: Date.now() + retry.delayMs })];
}

interface WaitingProps {
  readonly of: 'speaker' | 'listener';
  readonly wait: Wait | undefined;
  readonly onCancel: () => void;
}

/** Not in the session yet: what is being done about it, and when the next attempt comes. */
export function Waiting({ of, wait, onCancel }: WaitingProps) {
  const now = useNow();
  const seconds = wait && Math.max(0, Math.ceil((wait.untilMs - now) / 1000));
  return (
    <>
      <h1>{of === 'speaker' ? 'Your session' : 'Listen in your language'}</h1>
      <StateLine of={of} state="connecting" more={wait ? waitText(wait.retry) : ''} />
      {/* Not read out by screen readers every second. */}
      {seconds !== undefined && (
        <p class="quiet" data-waiting>
          The next attempt comes {seconds > 0 ? `in ${seconds} s` : 'now'}.
        </p>
      )}
      <button type="button" onClick={onCancel}>
        Cancel
      </button>
    </>
  );
}
