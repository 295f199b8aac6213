import { boolean, choice, count, duration, text, type Variable } from '../variable-kinds.ts';

const alarms = 'Alarms';
const budget = 'Budget';
const observability = 'Logs of the API, traces';

/** A latency is measured from API Gateway's receipt of a message to the reply. After 29 s there is none. */
const latency = (about: string, milliseconds: number) =>
  duration(alarms, 'milliseconds', { about, default: milliseconds, min: 1, max: 29_000 });

const inFiveMinutes = (what: string, about: string, number: number) =>
  count(alarms, `${what} in 5 minutes`, { about, default: number, max: 1_000_000 });

/** What an operator can set about watching the service. */
export const observabilityVariables = {
  alarm_email: text(alarms, {
    about: 'Who gets an e-mail from each alarm, by a topic of the stack; must be confirmed once. Empty: nobody.',
    default: '',
    pattern: '([^\\s@]+@[^\\s@]+\\.[^\\s@]+)?',
    allowed: 'an e-mail address, or empty',
  }),
  alarm_topic_arn: text(alarms, {
    about:
      'SNS topic that each alarm notifies. Its policy must let cloudwatch.amazonaws.com publish (and budgets.amazonaws.com, if there is a budget). Empty: none.',
    default: '',
    pattern: '(arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[0-9A-Za-z_-]+)?',
    allowed: 'the ARN of a standard SNS topic, or empty',
  }),
  alarm_session_creation_p95_ms: latency('Alarm when the 95th percentile of creating a session is longer.', 2000),
  alarm_listener_join_p95_ms: latency('Alarm when the 95th percentile of joining a session is longer.', 2000),
  alarm_heartbeat_p95_ms: latency('Alarm when the 95th percentile of a heartbeat is longer.', 1000),
  alarm_connection_errors: inFiveMinutes(
    'errors',
    'Alarm from so many messages and handshakes on that the service failed by its own fault.',
    5,
  ),
  alarm_refused_requests: inFiveMinutes(
    'refusals',
    'Alarm from so many messages and handshakes on that the service refused: abuse, or a client with a bug.',
    1000,
  ),
  alarm_rate_limits_unavailable: inFiveMinutes(
    'requests',
    'Alarm from so many requests on that went on unlimited, because the limits could not be counted.',
    5,
  ),
  alarm_message_failures: inFiveMinutes(
    'deliveries',
    'Alarm from so many deliveries of published messages on that failed (a socket that is gone is no failure).',
    100,
  ),
  alarm_message_delivery_p99_ms: latency(
    'Alarm when the 99th percentile of the time from publishing a message to its last delivery is longer.',
    5000,
  ),
  alarm_join_attempts_p99: count(alarms, 'attempts', {
    about: 'Alarm when the 99th percentile of the attempts that a join takes is this or more. A join makes at most 8.',
    default: 5,
    max: 8,
  }),
  alarm_iterator_age_seconds: duration(alarms, 'seconds', {
    about: 'Alarm when changes of sessions wait this long for the notifier, or longer.',
    default: 30,
    min: 1,
    max: 86_400,
  }),
  alarm_function_errors: inFiveMinutes('errors', 'Alarm from so many failed invocations of one function on.', 3),
  alarm_function_throttles: inFiveMinutes(
    'throttles',
    'Alarm from so many throttled invocations of one function on.',
    1,
  ),
  alarm_table_throttles: inFiveMinutes(
    'throttles',
    'Alarm from so many throttled reads and writes of one table on.',
    10,
  ),
  alarm_table_errors: inFiveMinutes('errors', 'Alarm from so many errors of DynamoDB itself at one table on.', 5),
  alarm_api_execution_errors: inFiveMinutes(
    'errors',
    'Alarm from so many failed attempts of API Gateway to call a function on.',
    5,
  ),
  alarm_api_integration_errors: inFiveMinutes(
    'errors',
    'Alarm from so many 4xx and 5xx results of functions at API Gateway on (refused handshakes are among them).',
    100,
  ),
  alarm_api_client_errors: inFiveMinutes(
    'errors',
    'Alarm from so many refusals of API Gateway itself on: bad tokens, throttling of the stage.',
    1000,
  ),
  alarm_http_api_errors: inFiveMinutes('errors', 'Alarm from so many 5xx answers of the HTTP API on.', 5),
  active_sessions_limit: count(alarms, 'sessions', {
    about: 'Sessions at once that the quotas of the account are raised for. The alarm comes at 80 % of it.',
    default: 100,
    max: 1_000_000,
  }),

  monthly_budget_usd: duration(budget, 'US dollars a month', {
    about:
      'AWS Budget: notifies alarm_email and alarm_topic_arn at 80 and 100 % of it, and when 100 % are forecast. 0: no budget.',
    default: 0,
    min: 0,
    max: 10_000_000,
    rules: [
      {
        condition: 'var.monthly_budget_usd == 0 || var.alarm_email != "" || var.alarm_topic_arn != ""',
        must: 'be 0 without alarm_email and alarm_topic_arn: a budget that notifies no address is of no use',
      },
    ],
  }),
  monthly_budget_scope: choice(
    budget,
    'What the budget counts: the whole account, or what has the tag Environment of this stack, which must be activated for cost allocation first (it counts nothing until then).',
    ['account', 'environment'],
  ),

  access_logs: boolean(observability, {
    about:
      "Access logs of both APIs. They need API Gateway's account-wide logging role in this region: AWS refuses it without.",
    default: false,
  }),
  tracing: boolean(observability, { about: 'Active X-Ray tracing of every function.', default: false }),
} as const satisfies Record<string, Variable>;
