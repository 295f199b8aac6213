export type { Clock } from './clock.ts';
export {
  ConnectionFailedError,
  InvalidRequestError,
  MessageOverflowError,
  MessageTooLargeError,
  NotAllowedError,
  NotStartedError,
  PlaceError,
  RateLimitError,
  ServiceFaultError,
  SessionFullError,
  SessionNotFoundError,
  SessionOverError,
  SessionsError,
  SpeakerReplacedError,
  TokenExpiredError,
  TokenRefusedError,
  TokenUnavailableError,
  TooManyScheduledError,
} from './errors.ts';
export { createListener, type JoinOptions, joinAsListener, type Listener, type ListenerEvents } from './listener.ts';
export type { ConnectionTimes, ConnectOptions, ParticipantEvents } from './participant.ts';
export {
  connectSpeaker,
  createSpeaker,
  type ResumeOptions,
  type Speaker,
  type SpeakerEvents,
  type SpeakOptions,
} from './speaker.ts';
export { type State, type StateChange, transitions } from './states.ts';
export type { Timing } from './timing.ts';
export type { GetToken, TokenRequest } from './token.ts';
export type {
  BroadcastState,
  Connecting,
  EndReason,
  MessagesLost,
  OverReason,
  ProblemDetail,
  Publication,
  QualityTier,
  Receipt,
  ReceivedMessage,
  Retry,
  SessionState,
  SessionStatus,
} from './types.ts';
export type { WebSocketClass, WebSocketLike } from './web-socket.ts';
