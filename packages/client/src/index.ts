export type { Clock } from './clock.ts';
export {
  ConnectionFailedError,
  InvalidRequestError,
  MessageOverflowError,
  NotAllowedError,
  PlaceError,
  RateLimitError,
  ServiceFaultError,
  SessionFullError,
  SessionNotFoundError,
  SessionOverError,
  SessionsError,
  TokenExpiredError,
  TokenRefusedError,
  TokenUnavailableError,
} from './errors.ts';
export { type JoinOptions, joinAsListener, type Listener, type ListenerEvents } from './listener.ts';
export type { ConnectionTimes, ConnectOptions, ParticipantEvents } from './participant.ts';
export { connectSpeaker, type Speaker, type SpeakerEvents, type SpeakOptions } from './speaker.ts';
export { type State, type StateChange, transitions } from './states.ts';
export type { Timing } from './timing.ts';
export type { GetToken, TokenRequest } from './token.ts';
export type { EndReason, OverReason, ProblemDetail, QualityTier, Retry, SessionStatus } from './types.ts';
export type { WebSocketClass, WebSocketLike } from './web-socket.ts';
