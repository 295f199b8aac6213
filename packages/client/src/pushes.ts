import type { ServerMessage, ServerMessageType } from '@sessions/core/protocol';

/** The service's own messages. All others are the application's. */
const types: Readonly<Record<ServerMessageType, true>> = {
  sessionCreated: true,
  sessionJoined: true,
  languageChanged: true,
  heartbeatAck: true,
  connectionRefreshComplete: true,
  connectionRefreshRequired: true,
  connectionWarning: true,
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
