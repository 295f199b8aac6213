import { biblical } from './biblical.ts';
import { nature } from './nature.ts';

/** Every vocabulary that session IDs can be drawn from, by the name that configuration uses. */
export const VOCABULARIES = { biblical, nature } as const;

export type VocabularyName = keyof typeof VOCABULARIES;

export const DEFAULT_VOCABULARY: VocabularyName = 'biblical';
