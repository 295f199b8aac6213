import { setTimeout as delay } from 'node:timers/promises';
import type { ServerMessage } from '@sessions/core/protocol';
import type { Push } from '@sessions/core/sessions';

/**
 * Until the handshake is done, the connection is as good as gone (410). The function that does the handshake has
 * returned by the time this one runs, or is about to: two seconds of waiting are plenty.
 */
const PAUSES_MS = [0, 50, 100, 200, 400, 800];

/** Posts the reply to a message that came in the URL, waiting for the connection to be there. */
export const createPostReply =
  (push: Pick<Push, 'send'>) =>
  async (connectionId: string, body: string): Promise<void> => {
    const reply = JSON.parse(body) as ServerMessage;
    for (const pauseMs of PAUSES_MS) {
      if (pauseMs > 0) await delay(pauseMs);
      if (await push.send(connectionId, reply)) return;
    }
  };
