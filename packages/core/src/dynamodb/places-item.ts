import type { PlacesShard } from '../sessions/model.ts';
import { fromItem, type Item, toItem } from './items.ts';

/** `part` of a shard is this and its name, `<createdAt>#<number>`: all shards of a session have one prefix. */
export const PLACES_PREFIX = 'places#';
/** Numbers by language are attributes of the item itself: `ADD` works on those alone. */
const LANGUAGE_PREFIX = 'lang:';

export const languageAttribute = (language: string): string => `${LANGUAGE_PREFIX}${language}`;

export const placesKey = ({ sessionId, placeShard }: { sessionId: string; placeShard: string }): Item =>
  toItem({ sessionId, part: PLACES_PREFIX + placeShard });

export const toPlacesItem = (sessionId: string, { placeShard, languages, ...numbers }: PlacesShard): Item =>
  toItem({
    sessionId,
    part: PLACES_PREFIX + placeShard,
    ...numbers,
    ...Object.fromEntries(Object.entries(languages).map(([code, count]) => [languageAttribute(code), count])),
  });

export function fromPlacesItem(item: Item): PlacesShard {
  const { part, ...plain } = fromItem(item, ['sessionId', 'ttl']);
  const isLanguage = ([name]: [string, unknown]) => name.startsWith(LANGUAGE_PREFIX);
  const attributes = Object.entries(plain);
  return {
    placeShard: String(part).slice(PLACES_PREFIX.length),
    ...Object.fromEntries(attributes.filter((attribute) => !isLanguage(attribute))),
    // A language that no place has any more stays in the item as 0.
    languages: Object.fromEntries(
      attributes
        .filter((attribute) => isLanguage(attribute) && attribute[1] !== 0)
        .map(([name, count]) => [name.slice(LANGUAGE_PREFIX.length), count]),
    ),
  } as PlacesShard;
}
