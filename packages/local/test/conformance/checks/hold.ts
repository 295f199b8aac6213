import { check } from '../check.ts';
import { type Capture, capture } from './capture.ts';

/** `connectionId`, `requestId`, `messageId`: base64url, 16 characters, the last one `=`. */
export const ID = /^[A-Za-z0-9_-]{15}=$/;
export const CLF = /^\d{2}\/(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\/\d{4}:\d{2}:\d{2}:\d{2} \+0000$/;

/** What `requestContext` has in every event. */
export const requestContextKeys = [
  'apiId',
  'connectedAt',
  'connectionId',
  'domainName',
  'eventType',
  'extendedRequestId',
  'identity',
  'messageDirection',
  'requestId',
  'requestTime',
  'requestTimeEpoch',
  'routeKey',
  'stage',
];

/** A check on the captured events. */
export const hold = (
  id: string,
  title: string,
  source: string,
  look: (capture: Capture) => void,
  confirmed = true,
): void => check(id, title, { source, confirmed }, async () => look(await capture()));
