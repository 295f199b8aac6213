export {
  type Action,
  type ChangeLanguage,
  type ClientMessage,
  type CreateSession,
  changeLanguage,
  clientMessages,
  createSession,
  type EndSession,
  endSession,
  type GetSessionStatus,
  getSessionStatus,
  type Heartbeat,
  heartbeat,
  type JoinSession,
  joinSession,
  MAX_MESSAGE_ID_LENGTH,
  MAX_MESSAGE_NAME_LENGTH,
  type Publish,
  publication,
  publish,
  type QualityTier,
  type Recover,
  type RefreshConnection,
  type Role,
  recover,
  refreshConnection,
  type SetBroadcastState,
  setBroadcastState,
} from './client-messages.ts';
export { describeDetails, describeIssues } from './describe-issues.ts';
export {
  type ErrorCode,
  type ErrorCodeInfo,
  type ErrorDetail,
  errorCodes,
  ServiceError,
  type ServiceErrorOptions,
} from './errors.ts';
export {
  type LifecycleDetails,
  type LifecycleEvent,
  type LifecycleEventType,
  lifecycleEvents,
} from './lifecycle-events.ts';
export {
  checkMessage,
  MAX_MESSAGE_BYTES,
  parseJsonObject,
  parseMessage,
  type RawMessage,
  unknownAction,
} from './parse-message.ts';
export {
  type BroadcastState,
  type EndReason,
  type Receipt,
  type ServerMessage,
  type ServerMessageOf,
  type ServerMessageType,
  type SessionState,
  serverMessages,
} from './server-messages.ts';
export { isSessionId, normaliseSessionId } from './session-id-format.ts';
export {
  offeredSubprotocols,
  SUBPROTOCOL,
  TOKEN_QUERY_PARAMETER,
  TOKEN_SUBPROTOCOL_PREFIX,
} from './subprotocol.ts';
