/**
 * Everything that an operator can set, by Terraform variable: the one place where a default is written.
 * A function's setting has the name of its environment variable, in lower case. Its bounds are at most as wide as
 * those that the function itself checks when it starts (core, `lambda/settings.ts`): what Terraform accepts, it accepts.
 */
import { deploymentVariables } from './deployment-variables.ts';
import { httpVariables } from './http-variables.ts';
import { observabilityVariables } from './observability/variables.ts';
import { stageThrottling } from './stage-throttling.ts';
import { stateVariables } from './state-variables.ts';
import { choice, count, duration, text, type Variable } from './variable-kinds.ts';

const identity = 'Who may speak';
const lifetimes = 'Sessions and connections';
const messages = 'Published messages';
const limits = 'Rate limits';
const events = 'Lifecycle events';
const throttling = 'Throttling of the WebSocket API';
const resilience = 'Failures, logs';

const { usual, smaller } = stageThrottling;
const httpsUrl = '(https://[^\\s?#]+)?';

export const variables = {
  ...deploymentVariables,
  ...stateVariables,

  user_pool_id: text(identity, {
    about: 'Cognito user pool of the speakers. Empty: the stack creates one, unless oidc_issuer is given.',
    default: '',
    pattern: '([a-z]{2}(-[a-z]+)+-[0-9]_[0-9A-Za-z]+)?',
    allowed: 'a user pool id such as us-east-1_AbCdEfGhI, or empty',
    rules: [
      {
        condition: '(var.user_pool_id == "") == (var.user_pool_client_id == "")',
        must: 'be given together with user_pool_client_id, or not at all',
      },
    ],
  }),
  user_pool_client_id: text(identity, {
    about: 'App client of that user pool.',
    default: '',
    pattern: '[0-9A-Za-z_+]{0,128}',
    allowed: 'an app client id (letters and digits), or empty',
  }),
  access_token_minutes: {
    ...count(identity, 'minutes', {
      about: "How long a token of the stack's own user pool opens connections; those that are open stay open.",
      default: 60,
      max: 1440,
    }),
    min: 5,
  },
  refresh_token_days: count(identity, 'days', {
    about: "How long a speaker stays signed in to the stack's own user pool.",
    default: 30,
    max: 3650,
  }),
  oidc_issuer: text(identity, {
    about: 'Any other OpenID Connect issuer instead of Cognito, exactly as its tokens name it in `iss`.',
    default: '',
    pattern: httpsUrl,
    allowed: 'an https:// address without query, or empty',
    rules: [
      {
        condition: '(var.oidc_issuer == "") == (var.oidc_audience == "")',
        must: 'be given together with oidc_audience, or not at all',
      },
      {
        condition: 'var.oidc_issuer == "" || var.user_pool_id == ""',
        must: 'be empty when user_pool_id is given: there is one issuer',
      },
    ],
  }),
  oidc_audience: text(identity, {
    about: 'What the tokens of oidc_issuer name in `aud`.',
    default: '',
    pattern: '\\S*',
    allowed: 'free of spaces, or empty',
  }),
  oidc_jwks_uri: text(identity, {
    about: 'Where the keys of oidc_issuer are. Empty: <oidc_issuer>/.well-known/jwks.json.',
    default: '',
    pattern: httpsUrl,
    allowed: 'an https:// address without query, or empty',
    rules: [
      { condition: 'var.oidc_jwks_uri == "" || var.oidc_issuer != ""', must: 'be empty when oidc_issuer is empty' },
    ],
  }),

  max_listeners_per_session: count(lifetimes, 'listeners', {
    about: 'Capacity of a session.',
    default: 500,
    max: 10_000,
  }),
  session_max_duration_hours: duration(lifetimes, 'hours', {
    about: 'How long a session lives; each refresh by its speaker starts this anew.',
    default: 2,
    min: 0.0001,
    max: 24,
  }),
  session_id_vocabulary: choice(lifetimes, 'Where the words of session IDs come from.', ['biblical', 'nature']),
  connection_max_duration_hours: duration(lifetimes, 'hours', {
    about: 'How long a connection lives. API Gateway closes every connection after 2 hours.',
    default: 2,
    min: 0.0001,
    max: 2,
  }),
  connection_refresh_minutes: duration(lifetimes, 'minutes', {
    about: 'Age at which a connection is asked to move to a new one.',
    default: 100,
    min: 0,
    max: 120,
  }),
  connection_warning_minutes: duration(lifetimes, 'minutes', {
    about: 'Age at which a connection that has not moved is warned of its end.',
    default: 105,
    min: 0,
    max: 120,
    rules: [
      {
        condition: 'var.connection_warning_minutes >= var.connection_refresh_minutes',
        must: 'not come before connection_refresh_minutes: the warning is for those who did not move',
      },
      {
        condition: 'var.connection_warning_minutes < var.connection_max_duration_hours * 60',
        must: 'come before the end of the connection (connection_max_duration_hours)',
      },
    ],
  }),
  heartbeat_interval_seconds: duration(lifetimes, 'seconds', {
    about: 'How often clients are told to send a heartbeat. API Gateway closes a connection that is silent for 600.',
    default: 30,
    min: 0.1,
    max: 540,
  }),
  heartbeat_timeout_seconds: duration(lifetimes, 'seconds', {
    about: 'Silence after which the sweeper closes a connection.',
    default: 90,
    min: 0.1,
    max: 3600,
    rules: [
      {
        condition: 'var.heartbeat_timeout_seconds > var.heartbeat_interval_seconds',
        must: 'be longer than heartbeat_interval_seconds, or every client would be closed between two heartbeats',
      },
    ],
  }),
  speaker_grace_seconds: duration(lifetimes, 'seconds', {
    about: 'How long a session waits for a speaker whose connection was lost. 0 ends it at once.',
    default: 30,
    min: 0,
    max: 3600,
  }),
  max_roleless_seconds: duration(lifetimes, 'seconds', {
    about: 'Age at which a connection that has neither created nor joined a session is closed, at its next message.',
    default: 120,
    min: 1,
    max: 3600,
  }),

  max_scheduled_sessions: {
    ...count(lifetimes, 'sessions', {
      about: 'Sessions created ahead of time that one user may have at once.',
      default: 20,
      max: 10_000,
    }),
    min: 0,
  },

  history_seconds: count(messages, 'seconds', {
    about:
      'How long published messages are held, for those who missed them. A session that ends takes its messages with it.',
    default: 120,
    max: 86_400,
  }),
  message_max_age_seconds: duration(messages, 'seconds', {
    about:
      'Age after which a message is no longer sent again to those who did not take it; they recover it. Its publisher waits that long at most.',
    default: 10,
    min: 0.1,
    max: 20, // the publisher has 29 seconds to answer
  }),

  rate_limit_sessions_per_hour: count(limits, 'sessions an hour', {
    about: 'Sessions that one user may create.',
    default: 50,
    max: 100_000,
  }),
  rate_limit_connection_attempts_per_min: count(limits, 'attempts a minute', {
    about:
      'Connections that one address may open without a valid token: a hard limit against attack. A venue of thousands of phones has one address, and each phone tries more than once.',
    default: 12_000,
    max: 1_000_000,
  }),
  rate_limit_wrong_ids_per_min: count(limits, 'wrong session IDs a minute', {
    about:
      'Joins with a session ID that does not exist (guessing) that one address may make; beyond it, typed IDs wait, and links and QR codes still work.',
    default: 30,
    max: 100_000,
  }),
  rate_limit_refusals_per_min: {
    ...count(limits, 'refusals a minute', {
      about:
        'Messages that one connection may have refused before it is closed. A session ID that does not exist costs a third of them.',
      default: 60,
      max: 100_000,
    }),
    min: 3,
  },
  rate_limit_heartbeats_per_min: count(limits, 'heartbeats a minute', {
    about: 'Heartbeats that one connection may send; jitter is tolerated.',
    default: 2,
    max: 6000,
  }),
  rate_limit_status_per_min: count(limits, 'requests a minute', {
    about: 'How often a speaker may ask for the status of the session; jitter is tolerated.',
    default: 12, // every 5 seconds, as a page shows it
    max: 6000,
  }),
  rate_limit_publish_per_min: count(limits, 'messages a minute', {
    about: 'Messages that one connection of a speaker may publish. Backends have no such limit.',
    default: 120,
    max: 6000,
  }),
  rate_limit_recoveries_per_min: count(limits, 'requests a minute', {
    about: 'How often one connection may ask for the messages that it missed.',
    default: 30,
    max: 6000,
  }),
  hmac_key_version: count(limits, 'version', {
    about:
      'Any other number makes a new key for what links and QR codes carry and for counting by address: links that were given out are then limited as typed session IDs are.',
    default: 1,
    max: 1_000_000,
  }),

  event_bus_name: text(events, {
    about: 'EventBridge bus of the lifecycle events, in the same account and Region; it exists already.',
    default: 'default',
    pattern: '[0-9A-Za-z._/-]{1,256}',
    allowed: 'the name of an event bus (letters, digits and . _ / -), not its ARN',
  }),

  ...httpVariables,

  stage_throttle_rate_limit: {
    ...count(throttling, 'requests a second', {
      about: `Connects and messages of all clients together. 0: half of what AWS allows an account in the Region: ${usual.ratePerSecond}, in 13 newer Regions ${smaller.ratePerSecond}. The other half is for posts to connections.`,
      default: 0,
      max: 100_000,
    }),
    min: 0,
  },
  stage_throttle_burst_limit: {
    ...count(throttling, 'requests', {
      about: `How many may come at once. 0: half of what AWS allows an account in the Region: ${usual.burst}, in 13 newer Regions ${smaller.burst}.`,
      default: 0,
      max: 100_000,
    }),
    min: 0,
  },

  circuit_breaker_seconds: duration(resilience, 'seconds', {
    about: 'How long a function leaves DynamoDB alone after repeated failures.',
    default: 30,
    min: 0.1,
    max: 600,
  }),
  data_retention_hours: count(resilience, 'hours', {
    about: 'How long logs are kept, rounded up to the next period that CloudWatch offers (whole days).',
    default: 12,
    defaultIn: { prod: 720 },
    max: 87_672,
  }),
  log_level: {
    ...choice(resilience, 'Least severe level that is logged.', ['DEBUG', 'INFO', 'WARN', 'ERROR']),
    default: 'INFO',
  },

  ...observabilityVariables,
} as const satisfies Record<string, Variable>;

export type { Variable } from './variable-kinds.ts';
export type VariableName = keyof typeof variables;
