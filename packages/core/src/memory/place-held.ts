import type { ListenerConnection } from '../sessions/model.ts';

/** What of a listener's connection must be as it was given, for its place to be released or moved. */
export type PlaceHeld = Pick<ListenerConnection, 'connectionId' | 'sessionId' | 'targetLanguage' | 'placeShard'>;
