import type { BroadcastState, Speaker } from '@sessions/client';
import { useState } from 'preact/hooks';
import { errorText } from '../shared/words.ts';

/** What the speaker wants listeners to do with the audio: each change reaches them at once. */
export function BroadcastControls({ speaker, state }: { speaker: Speaker; state: BroadcastState }) {
  const [problem, setProblem] = useState<string>();
  const set = (change: Partial<BroadcastState>) => {
    setProblem(undefined);
    speaker.setBroadcastState(change).catch((error: unknown) => setProblem(errorText(error)));
  };
  return (
    <section aria-label="For your listeners" class="broadcast-controls">
      <button type="button" aria-pressed={state.paused} onClick={() => set({ paused: !state.paused })}>
        Pause
      </button>
      <button type="button" aria-pressed={state.muted} onClick={() => set({ muted: !state.muted })}>
        Mute
      </button>
      <label>
        <span>Volume</span>
        <input
          type="range"
          name="volume"
          min="0"
          max="1"
          step="0.1"
          value={state.volume}
          onChange={({ currentTarget }) => set({ volume: Number(currentTarget.value) })}
        />
      </label>
      {problem !== undefined && <p role="alert">{problem}</p>}
    </section>
  );
}
