import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Session } from '../sessions/model.ts';
import type { Item } from './items.ts';
import { PLACES_PREFIX } from './places-item.ts';
import { fromSessionItem, SESSION_PART } from './session-item.ts';

/** What a record of the sessions table's stream means. */
export type SessionChange =
  /** A session is new, or has changed. `before` is absent for a new one, one of a reused ID included. */
  | { readonly kind: 'session'; readonly before?: Session; readonly after: Session }
  /** Places of a session were taken, given back, or have changed their language. */
  | { readonly kind: 'places'; readonly sessionId: string; readonly createdAt: number };

/** A record as Lambda gets it, as far as it matters here; values are in DynamoDB's JSON. */
export interface StreamRecord {
  readonly dynamodb?:
    | {
        readonly NewImage?: Readonly<Record<string, unknown>> | undefined;
        readonly OldImage?: Readonly<Record<string, unknown>> | undefined;
      }
    | undefined;
}

/**
 * Reads a record of the stream. @returns undefined for one that nothing follows from: a removal, which TTL alone does,
 * and items of other kinds
 */
export function parseSessionImages({ dynamodb = {} }: StreamRecord): SessionChange | undefined {
  const after = itemOf(dynamodb.NewImage);
  const part = after?.part?.S;
  const sessionId = after?.sessionId?.S;
  if (after === undefined || part === undefined || sessionId === undefined) return undefined;
  if (part.startsWith(PLACES_PREFIX)) {
    return { kind: 'places', sessionId, createdAt: Number(part.slice(PLACES_PREFIX.length).split('#')[0]) };
  }
  if (part !== SESSION_PART) return undefined;
  const session = fromSessionItem(after);
  const old = itemOf(dynamodb.OldImage);
  const before = old && fromSessionItem(old);
  return {
    kind: 'session',
    ...(before?.createdAt === session.createdAt && { before }),
    after: session,
  };
}

/** Our items have no binary values, the only ones that Lambda writes otherwise than the SDK. */
const itemOf = (image: Readonly<Record<string, unknown>> | undefined): Item | undefined =>
  image as Record<string, AttributeValue> | undefined;
