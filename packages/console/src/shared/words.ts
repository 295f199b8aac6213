import { type BroadcastState, type Retry, SessionsError, type State } from '@sessions/client';

/** What a state means, to somebody who has never heard of connections. */
export const stateWords: Readonly<Record<'speaker' | 'listener', Readonly<Record<State, string>>>> = {
  speaker: {
    connecting: 'Opening your session …',
    scheduled: 'Your session has not started yet.',
    live: 'You are live.',
    refreshing: 'You are live. Moving to a fresh connection …',
    reconnecting: 'The connection is lost. Reconnecting; your listeners are waiting …',
    interrupted: 'The session is waiting for you …',
    ended: 'The session is over.',
    failed: 'The session could not go on.',
  },
  listener: {
    connecting: 'Joining …',
    scheduled: 'You have joined. The speaker has not come yet.',
    live: 'You are listening.',
    refreshing: 'You are listening. Moving to a fresh connection …',
    reconnecting: 'The connection is lost. Joining again …',
    interrupted: 'The speaker has lost the connection. Waiting for them to come back …',
    ended: 'The session is over.',
    failed: 'You could not stay in the session.',
  },
};

/** How urgent a state looks. */
export const stateClass = (state: State): string =>
  state === 'live' || state === 'refreshing'
    ? 'state live'
    : state === 'ended' || state === 'failed'
      ? 'state over'
      : 'state';

const overWords: Readonly<Record<string, string>> = {
  speakerEnded: 'The speaker has ended it.',
  speakerLeft: 'The speaker has left.',
  speakerLost: 'The speaker’s connection was lost and did not come back in time.',
  expired: 'It has reached its longest duration.',
  operatorEnded: 'The operator of the service has ended it.',
  replaced: 'You speak in another window or on another device now; the session goes on there.',
  left: 'You have left.',
};

/** Why it is over. */
export const overText = (reason: string): string => overWords[reason] ?? '';

/** What went wrong, and what to do about it. */
export const errorText = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  if (!(error instanceof SessionsError)) return error.message;
  return `${error.message.replace(/\.?$/, '.')} ${error.remedy}`;
};

/** What the speaker wants listeners to do with the audio, unless that is nothing in particular. */
export const broadcastText = ({ paused, muted, volume }: BroadcastState): string =>
  [
    paused && 'The speaker has paused the broadcast.',
    muted && 'The speaker’s microphone is off.',
    volume !== 1 && `Volume ${Math.round(volume * 100)} %.`,
  ]
    .filter(Boolean)
    .join(' ');

/** Why somebody has to wait, who has never heard of rate limits. */
export const waitText = ({ error }: Retry): string =>
  error.code === 'RATE_LIMIT_EXCEEDED'
    ? 'Many are joining at this moment.'
    : error.code === 'SERVICE_UNAVAILABLE'
      ? 'The service is busy at this moment.'
      : 'The service cannot be reached at this moment.';

/** What is done about a failed attempt. */
export const retryText = ({ delayMs }: Retry): string => `The next attempt comes in ${Math.ceil(delayMs / 1000)} s.`;
