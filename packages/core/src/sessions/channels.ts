import { targetLanguages } from './languages.ts';
import type { Connection } from './model.ts';

/** What everybody in the session follows: its listeners and its speaker. */
export const ALL_CHANNEL = 'all';
/** What the speaker alone follows. */
export const SPEAKER_CHANNEL = 'speaker';

/** The channels that the listeners of a language follow. A channel of listeners is named for its language. */
export const listenerChannels = (targetLanguage: string): readonly string[] => [targetLanguage, ALL_CHANNEL];

/** The channels that a speaker follows. */
export const speakerChannels: readonly string[] = [SPEAKER_CHANNEL, ALL_CHANNEL];

/** The channels that a connection follows by its role. */
export const channelsOf = (connection: Connection): readonly string[] =>
  connection.role === 'speaker' ? speakerChannels : listenerChannels(connection.targetLanguage);

/** Every channel that a session can have. */
export const allChannels: readonly string[] = /* @__PURE__ */ [...targetLanguages, ALL_CHANNEL, SPEAKER_CHANNEL];
