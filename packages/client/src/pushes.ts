import type { ServerMessage, ServerMessageType } from '@sessions/core/protocol';

/**
 * What the service sends. What an application publishes travels inside of `message`, so that its `type`, whatever that
 * is, says nothing here.
 */
const types: Readonly<Record<ServerMessageType, true>> = {
  sessionCreated: true,
  sessionJoined: true,
  languageChanged: true,
  heartbeatAck: true,
  connectionRefreshComplete: true,
  recovery: true,
  message: true,
  messagePublished: true,
  connectionRefreshRequired: true,
  connectionWarning: true,
  sessionStarted: true,
  sessionInterrupted: true,
  sessionResumed: true,
  broadcastStateChanged: true,
  speakerReplaced: true,
  sessionEnded: true,
  sessionStatus: true,
  error: true,
};

export function isServiceMessage(message: unknown): message is ServerMessage {
  if (typeof message !== 'object' || message === null) return false;
  const { type } = message as { type?: unknown };
  return typeof type === 'string' && Object.hasOwn(types, type);
}
