import type { SessionStatus, Speaker } from '@sessions/client';
import { useState } from 'preact/hooks';
import { durationText } from '../shared/duration.ts';
import { languageName } from '../shared/languages.ts';
import { linkTo } from '../shared/place.ts';
import { QrCode } from '../shared/qr-code.tsx';
import { StateLine } from '../shared/state-line.tsx';
import { useNow } from '../shared/use-now.ts';
import { Announce } from './announce.tsx';
import { BroadcastControls } from './broadcast-controls.tsx';
import { useSpeaker } from './use-speaker.ts';

interface BroadcastProps {
  readonly speaker: Speaker;
  /** Where other machines find the page, if not where this one has found it. */
  readonly pageUrl: string | undefined;
  readonly onClose: () => void;
  /** Speaks here again, after another window or device has taken the session. */
  readonly onTakeOver: () => void;
}

/** An open session: its ID for the room, who listens, and how the connection is. */
export function Broadcast({ speaker, pageUrl, onClose, onTakeOver }: BroadcastProps) {
  const { state, more, status, broadcastState, reason } = useSpeaker(speaker);
  const [isEnding, setEnding] = useState(false);
  const isOver = state === 'ended' || state === 'failed';
  const link = linkTo({ page: 'listen', sessionId: speaker.sessionId, joinKey: speaker.joinKey }, pageUrl);

  const end = () => {
    setEnding(true);
    void speaker.end();
  };
  return (
    <>
      <StateLine
        of="speaker"
        state={state}
        words={reason === 'replaced' ? 'You are not live here any more.' : undefined}
        more={more}
      />
      <div class="broadcast">
        <div>
          <h1 class="quiet">Listeners join with</h1>
          <p class="session-id" data-session-id={speaker.sessionId}>
            {speaker.sessionId}
          </p>
          <Audience status={status} />
          <Connection speaker={speaker} />
          {!isOver && <BroadcastControls speaker={speaker} state={broadcastState} />}
          {!isOver && <Announce speaker={speaker} status={status} />}
          <div class="actions">
            {reason === 'replaced' && (
              <button type="button" class="main" onClick={onTakeOver}>
                Speak here again
              </button>
            )}
            {isOver ? (
              <button type="button" class={reason === 'replaced' ? undefined : 'main'} onClick={onClose}>
                Start another session
              </button>
            ) : (
              <button type="button" class="danger" disabled={isEnding} onClick={end}>
                End the session for everybody
              </button>
            )}
          </div>
        </div>
        {!isOver && (
          <a href={link} target="_blank" rel="noreferrer" aria-label={`Listener page of ${speaker.sessionId}`}>
            <QrCode text={link} label={`QR code of the listener page of ${speaker.sessionId}`} />
          </a>
        )}
      </div>
    </>
  );
}

function Audience({ status }: { status: SessionStatus | undefined }) {
  if (!status) return null;
  const { listenerCount, listenersByLanguage } = status;
  const languages = Object.entries(listenersByLanguage).sort(([, one], [, other]) => other - one);
  return (
    <section aria-labelledby="audience">
      <h2 id="audience" data-listeners={listenerCount}>
        {listenerCount === 1 ? '1 listener' : `${listenerCount} listeners`}
      </h2>
      <ul class="languages">
        {languages.map(([code, count]) => (
          <li key={code} data-language={code}>
            <span lang={code}>{languageName(code)}</span>
            <span class="share" style={{ width: `${(100 * count) / Math.max(1, listenerCount)}%` }} />
            <strong class="number">{count}</strong>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Connection({ speaker }: { speaker: Speaker }) {
  const now = useNow();
  const { connection } = speaker;
  if (!connection) return null;
  const { openedAt, refreshAt } = connection;
  return (
    <dl class="facts">
      <dt>Connection open for</dt>
      <dd>{durationText((now - openedAt) / 1000)}</dd>
      <dt>Next refresh</dt>
      <dd>
        {refreshAt === undefined ? 'known with the first heartbeat' : `in ${durationText((refreshAt - now) / 1000)}`}
      </dd>
    </dl>
  );
}
