import { type HttpRoute, jsonResult, parseBody, type Telemetry } from '@sessions/core/lambda';
import { scheduleSession as body } from '@sessions/core/protocol';
import type { ScheduleSession } from '@sessions/core/sessions';
import { identityOfToken } from '../token-identity.ts';

/** `POST /sessions`: creates a session ahead of time, for the user of the token. */
export const scheduleSessionRoute =
  (scheduleSession: ScheduleSession, { logger }: Pick<Telemetry, 'logger'>): HttpRoute =>
  async (event) => {
    const identity = identityOfToken(event);
    const { sourceLanguage, qualityTier, startsAt } = parseBody(body, event);
    const session = await scheduleSession({
      identity,
      sourceLanguage,
      qualityTier,
      startsAt: typeof startsAt === 'string' ? Date.parse(startsAt) : startsAt,
    });
    logger.info('Session scheduled', { sessionId: session.sessionId });
    return jsonResult(201, session, { location: `/sessions/${session.sessionId}` });
  };
