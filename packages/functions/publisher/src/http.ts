import { callerArn, createHttpHandler, jsonResult, parseBody, pathParameter } from '@sessions/core/lambda';
import { publishBody } from '@sessions/core/protocol';
import type { PublisherDeps } from './handler.ts';
import { logPublished } from './log-published.ts';

/**
 * The longest body: JSON may need six bytes for one of the message as it is sent (`\u0041`), and white space. What counts
 * is the message.
 */
const MAX_BODY_BYTES = 262_144;

/** `POST /sessions/{sessionId}/messages`, signed by a backend: 201 with the receipt, or 200 if it was repeated. */
export const createHttpEntrance = ({ webSocket: { telemetry }, publish }: PublisherDeps) =>
  createHttpHandler(
    { telemetry },
    {
      'POST /sessions/{sessionId}/messages': async (event) => {
        const principal = callerArn(event);
        const message = {
          sessionId: pathParameter(event, 'sessionId'),
          ...parseBody(publishBody, event, MAX_BODY_BYTES),
        };
        const { receipt } = await logPublished(telemetry, principal, (onStored) => publish(message, onStored));
        return jsonResult(receipt.repeated ? 200 : 201, receipt);
      },
    },
  );
