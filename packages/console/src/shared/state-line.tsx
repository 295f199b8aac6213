import type { State } from '@sessions/client';
import { stateClass, stateWords } from './words.ts';

interface StateLineProps {
  readonly of: 'speaker' | 'listener';
  readonly state: State;
  /** Instead of the state's usual words. */
  readonly words?: string | undefined;
  readonly more?: string;
}

/** The state in plain words, read out by screen readers when it changes. */
export function StateLine({ of, state, words, more }: StateLineProps) {
  return (
    <div role="status">
      <p class={stateClass(state)} data-state={state}>
        {words ?? stateWords[of][state]}
      </p>
      {more ? <p>{more}</p> : null}
    </div>
  );
}
