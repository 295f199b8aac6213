export { type AdmitConnectionDeps, createAdmitConnection } from './admit-connection.ts';
export { type CreateSessionDeps, type CreateSessionRequest, createCreateSession } from './create-session.ts';
export { createDisconnect, type DisconnectDeps } from './disconnect.ts';
export { createEndOwnSession, type EndOwnSessionDeps } from './end-own-session.ts';
export { createEndSession, type EndSessionDeps, type SessionEnding } from './end-session.ts';
export { createJoinSession, type JoinSessionDeps, type JoinSessionRequest } from './join-session.ts';
export { sourceLanguages, targetLanguages } from './languages.ts';
export { createLeaveSession, type Departure, type LeaveSessionDeps } from './leave-session.ts';
export { type Connection, holdsPlace, type Place, type Session, type Suspicion } from './model.ts';
export type {
  Clock,
  ConnectionRepository,
  FanOutReport,
  HeartbeatHistory,
  LimitedOperation,
  Meter,
  Push,
  RateCount,
  RateLimiter,
  SessionRepository,
  StatusRequestHistory,
} from './ports.ts';
export { createRecordHeartbeat, type HeartbeatRequest, type RecordHeartbeatDeps } from './record-heartbeat.ts';
export { createRefreshConnection, type RefreshConnectionDeps, type RefreshRequest } from './refresh-connection.ts';
export { createReportStatus, type ReportStatusDeps } from './report-status.ts';
export { combinations, generateSessionId, VOCABULARIES, type VocabularyName } from './session-id.ts';
export { createSweep, type SweepDeps, type SweepReport } from './sweep.ts';
export { createTellSpeaker, type TellSpeaker, type TellSpeakerDeps, tellNoSpeaker } from './tell-speaker.ts';
