import type { State } from '@sessions/client';
import { stateClass, stateWords } from './words.ts';

/** The state in plain words, read out by screen readers when it changes. */
export function StateLine({ of, state, more }: { of: 'speaker' | 'listener'; state: State; more?: string }) {
  return (
    <div role="status">
      <p class={stateClass(state)} data-state={state}>
        {stateWords[of][state]}
      </p>
      {more ? <p>{more}</p> : null}
    </div>
  );
}
