export { type AdmitConnection, type AdmitConnectionDeps, createAdmitConnection } from './admit-connection.ts';
export { type ChangeLanguage, type ChangeLanguageDeps, createChangeLanguage } from './change-language.ts';
export { ALL_CHANNEL, channelsOf, listenerChannels, SPEAKER_CHANNEL, speakerChannels } from './channels.ts';
export { type CheckHealth, type CheckHealthDeps, createCheckHealth } from './check-health.ts';
export { type Departure, departureOf } from './close-codes.ts';
export {
  type ConnectionBudget,
  type ConnectionBudgetDeps,
  createConnectionBudget,
  type Refusal,
  type Verdict,
} from './connection-budget.ts';
export {
  type CreateSession,
  type CreateSessionDeps,
  type CreateSessionRequest,
  createCreateSession,
} from './create-session.ts';
export { createDeliver, type Deliver, type DeliverDeps } from './deliver.ts';
export { MAX_LISTENERS_A_SHARE } from './deliver-to-listeners.ts';
export type { DeliveryTask } from './delivery-task.ts';
export { createDisconnect, type Disconnect, type DisconnectDeps } from './disconnect.ts';
export { createEndOwnSession, type EndOwnSession, type EndOwnSessionDeps } from './end-own-session.ts';
export { createEndSessionOfOwner, type EndSessionOfOwner, type EndSessionOfOwnerDeps } from './end-session-of-owner.ts';
export { createExportMessages, type ExportMessages, type ExportMessagesDeps } from './export-messages.ts';
export { createJoinKeys, type JoinKeys } from './join-key.ts';
export { createJoinSession, type JoinSession, type JoinSessionDeps, type JoinSessionRequest } from './join-session.ts';
export { sourceLanguages, targetLanguages } from './languages.ts';
export { createLeaveSession, type LeaveSession, type LeaveSessionDeps } from './leave-session.ts';
export type { LifecycleDetails, LifecycleEvent, LifecycleEventType } from './lifecycle-event.ts';
export { createListOwnSessions, type ListOwnSessions, type ListOwnSessionsDeps } from './list-own-sessions.ts';
export { createLookUpSession, type LookUpSession, type LookUpSessionDeps } from './look-up-session.ts';
export {
  type ChannelHead,
  type ChannelOf,
  MAX_RECENT_IDS,
  type MessageLog,
  NO_HEAD,
  type SessionWithHeads,
  type StoredMessage,
} from './message-log.ts';
export { findMissed, type Missed, type MissedRange, positionsNow, type SeenMessages } from './missed-messages.ts';
export type {
  Connection,
  Listener,
  ListenerConnection,
  PlacesShard,
  Session,
  SessionWithPlaces,
  SpeakerConnection,
} from './model.ts';
export {
  createNotifyChanges,
  type NotifyChanges,
  type NotifyChangesDeps,
  type NumberedChange,
} from './notify-changes.ts';
export { createOperate, type Operate, type OperateDeps } from './operate.ts';
export { planShards } from './plan-shards.ts';
export {
  type AnnouncedLanguages,
  type Clock,
  type ConnectionRepository,
  type Deliverer,
  type DeliveryOutcome,
  type EventBus,
  type FanOutReport,
  type LimitedOperation,
  MAX_REMOVED_AT_ONCE,
  type Meter,
  type PlaceNotMoved,
  type Push,
  type RateCheck,
  type RateCount,
  type RateLimiter,
  type ScheduledEntry,
  type ScheduledList,
  type SessionRepository,
  type SilentPage,
  type Sleep,
  type SpacedMessage,
  type SpacedOperation,
  type SpacingOutcome,
} from './ports.ts';
export { MAX_DATA_DEPTH, MAX_MESSAGE_FRAME_BYTES } from './publication.ts';
export {
  createPublish,
  type Publish,
  type PublishDeps,
  type Published,
  type PublishRequest,
  type Stored,
} from './publish.ts';
export {
  createPublishAsSpeaker,
  messagePublished,
  type PublishAsSpeaker,
  type PublishAsSpeakerDeps,
  type PublishAsSpeakerRequest,
} from './publish-as-speaker.ts';
export {
  createRecordHeartbeat,
  type HeartbeatRequest,
  type RecordHeartbeat,
  type RecordHeartbeatDeps,
} from './record-heartbeat.ts';
export {
  createRecoverMessages,
  type RecoverMessages,
  type RecoverMessagesDeps,
  type RecoverRequest,
} from './recover-messages.ts';
export {
  createRefreshConnection,
  type RefreshConnection,
  type RefreshConnectionDeps,
  type RefreshRequest,
} from './refresh-connection.ts';
export { createReplayMissed, type ReplayMissed, type ReplayMissedDeps } from './replay-missed.ts';
export { createReportStatus, type ReportStatus, type ReportStatusDeps } from './report-status.ts';
export {
  createScheduleSession,
  type ScheduleSession,
  type ScheduleSessionDeps,
  type ScheduleSessionRequest,
} from './schedule-session.ts';
export { createSessionCache, type SessionCache } from './session-cache.ts';
export type { PlacesChange, SessionChange, SessionsTableChange } from './session-change.ts';
export { combinations, generateSessionId, VOCABULARIES, type VocabularyName } from './session-id.ts';
export { joinsOpenAt, requireJoinsOpen } from './session-rules.ts';
export { listenersByLanguage, takenPlaces } from './session-status.ts';
export { createSetBroadcastState, type SetBroadcastState, type SetBroadcastStateDeps } from './set-broadcast-state.ts';
export { type Identity, requireSpeaker } from './speaker-identity.ts';
export { createSweep, type Sweep, type SweepDeps, type SweepReport } from './sweep.ts';
export { createWrongSessionIds, type WrongSessionIds, type WrongSessionIdsDeps } from './wrong-session-ids.ts';
