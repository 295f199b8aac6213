import { routes } from '../../src/functions.ts';
import { requestsPerListener, usualTraffic } from '../../src/listener-ceiling.ts';
import { httpThrottling, stageThrottling, throttlingIn } from '../../src/stage-throttling.ts';
import type { Account } from './account.ts';
import type { Known } from './errors.ts';
import { defaultAlarms, type QuotaName, quotas, unreservedConcurrency } from './quotas.ts';
import type { Settings } from './settings.ts';
import type { StackNeeds } from './stack-needs.ts';

/** One line of the table. */
export interface Check {
  readonly what: string;
  readonly allows: string;
  readonly needs: string;
  /** `missing` stands in the way of the deployment or of one full session; `low` of `active_sessions_limit` of them. */
  readonly verdict: 'ok' | 'missing' | 'low' | 'unknown';
  /** What to do about it. */
  readonly remedy?: string;
}

/** Seconds in which the listeners of a session arrive, in the reckoning of operations.md. */
const arrivalSeconds = 60;

/** Compares what an account allows with what the settings need. */
export function check(account: Account, settings: Settings, needs: StackNeeds, region: string): Check[] {
  const number = (name: string) => Number(settings[name]);
  const listeners = number('max_listeners_per_session');
  const allListeners = listeners * number('active_sessions_limit');
  const heartbeatSeconds = number('heartbeat_interval_seconds');
  const perListener = requestsPerListener({ ...usualTraffic, heartbeatSeconds });
  const rate = (count: number) => Math.ceil(count * perListener);
  const raise = (name: QuotaName, to: number) =>
    `aws service-quotas request-service-quota-increase --region ${region} --service-code ${quotas[name].service} --quota-code ${quotas[name].code} --desired-value ${to}`;
  const amount = (
    name: QuotaName,
    allowed: Known<number>,
    wanted: number,
    why: string,
    wantedByAll = wanted,
  ): Check => ({
    what: quotas[name].name,
    ...compare(allowed, wanted, why, wantedByAll, raise(name, Math.max(wanted, wantedByAll))),
  });
  const throttle = account.apiGateway;
  const known = (part: 'rate' | 'burst'): Known<number> =>
    'value' in throttle ? { value: throttle.value[part] } : throttle;
  const stageDefault = throttlingIn(region, stageThrottling);
  const httpDefault = throttlingIn(region, httpThrottling);
  const domains = ['domain_name', 'http_domain_name'].filter((name) => settings[name] !== '');
  const starting = (count: number) => Math.ceil((3 * count) / arrivalSeconds);

  return [
    rightAccount(account, settings),
    amount(
      'concurrentExecutions',
      'value' in account.lambda ? { value: account.lambda.value.concurrency } : account.quotas.concurrentExecutions,
      starting(listeners),
      `${listeners} listeners arriving in ${arrivalSeconds} s, all functions cold`,
      starting(allListeners),
    ),
    reservation(account, settings, raise),
    amount(
      'requestRate',
      known('rate'),
      rate(listeners),
      `${listeners} listeners, a message each 3 s`,
      rate(allListeners),
    ),
    {
      what: 'API Gateway: requests a second, stage',
      ...compare(
        known('rate'),
        number('stage_throttle_rate_limit') || stageDefault.ratePerSecond,
        'stage_throttle_rate_limit, which must be below',
      ),
    },
    {
      what: 'API Gateway: burst',
      ...compare(
        known('burst'),
        number('stage_throttle_burst_limit') || stageDefault.burst,
        'stage_throttle_burst_limit, which must be below',
      ),
    },
    {
      what: 'API Gateway: requests a second, HTTP API',
      ...compare(
        known('rate'),
        number('http_throttle_rate_limit') || httpDefault.ratePerSecond,
        'http_throttle_rate_limit, which must be below',
      ),
    },
    amount(
      'newConnections',
      account.quotas.newConnections,
      Math.ceil(listeners / Math.min(arrivalSeconds, heartbeatSeconds)),
      `${listeners} listeners moving to new connections within a heartbeat`,
      Math.ceil(allListeners / Math.min(arrivalSeconds, heartbeatSeconds)),
    ),
    amount(
      'routes',
      account.quotas.routes,
      Object.keys(routes).length + Object.keys(settings.extra_routes as object).length,
      'routes of the WebSocket API',
    ),
    ...(domains.length === 0 ? [] : [amount('domains', account.quotas.domains, domains.length, domains.join(' and '))]),
    amount('tables', account.quotas.tables, needs('aws_dynamodb_table'), 'tables of the stack'),
    amount(
      'tableWrites',
      account.quotas.tableWrites,
      Math.ceil((2 * listeners) / arrivalSeconds + listeners / heartbeatSeconds),
      'joins and heartbeats',
      Math.ceil((2 * allListeners) / arrivalSeconds + allListeners / heartbeatSeconds),
    ),
    ...(settings.user_pool_id === '' && settings.oidc_issuer === ''
      ? [amount('userPools', account.quotas.userPools, needs('aws_cognito_user_pool'), "the stack's own user pool")]
      : []),
    {
      what: "CloudWatch: alarms (AWS's default)",
      ...compare({ value: defaultAlarms }, needs('aws_cloudwatch_metric_alarm'), 'alarms of the stack'),
    },
    ...logging(account, settings),
    eventBus(account, settings),
    ...ownKey(account, settings),
  ];
}

function compare(
  allowed: Known<number>,
  wanted: number,
  why: string,
  wantedByAll = wanted,
  remedy = 'lower the setting, or raise the quota of the account',
): Omit<Check, 'what'> {
  const beyond = wantedByAll > wanted ? `, ${wantedByAll} for active_sessions_limit` : '';
  const needs = `${wanted}: ${why}${beyond}`;
  if (!('value' in allowed)) return { allows: allowed.unknown, needs, verdict: 'unknown' };
  const allows = String(allowed.value);
  if (allowed.value < wanted) return { allows, needs, verdict: 'missing', remedy };
  return allowed.value < wantedByAll ? { allows, needs, verdict: 'low', remedy } : { allows, needs, verdict: 'ok' };
}

function rightAccount({ id }: Account, { allowed_account_ids: allowed }: Settings): Check {
  const ids = Array.isArray(allowed) ? allowed.map(String) : [];
  const isRight = ids.length === 0 || ids.includes(id);
  return {
    what: 'Account',
    allows: id,
    needs: ids.length === 0 ? 'any: allowed_account_ids names none' : `one of ${ids.join(', ')}`,
    verdict: isRight ? 'ok' : 'missing',
    ...(!isRight && { remedy: 'use credentials of an account that allowed_account_ids names' }),
  };
}

function reservation(
  { lambda, reserved, quotas: asked }: Account,
  { reserved_concurrency: wantedBy }: Settings,
  raise: (name: QuotaName, to: number) => string,
): Check {
  const what = 'Lambda: reserved concurrency';
  const wanted = Object.values(wantedBy as Record<string, number>).reduce((sum, value) => sum + value, 0);
  if (wanted === 0) return { what, allows: '–', needs: '0: reserved_concurrency is empty', verdict: 'ok' };
  const needs = `${wanted}: reserved_concurrency; ${unreservedConcurrency} stay unreserved`;
  if (!('value' in lambda)) return { what, allows: lambda.unknown, needs, verdict: 'unknown' };
  if (!('value' in reserved)) return { what, allows: reserved.unknown, needs, verdict: 'unknown' };
  // What the environment has reserved already is not taken twice.
  const free = Math.max(0, lambda.value.unreserved + reserved.value - unreservedConcurrency);
  if (free >= wanted) return { what, allows: String(free), needs, verdict: 'ok' };
  const quota = 'value' in asked.concurrentExecutions ? asked.concurrentExecutions.value : lambda.value.concurrency;
  const remedy = raise('concurrentExecutions', Math.max(1_000, quota + wanted - free));
  return { what, allows: String(free), needs, verdict: 'missing', remedy };
}

function logging({ apiGateway }: Account, { access_logs, manage_api_gateway_account }: Settings): Check[] {
  if (access_logs !== true) return [];
  const what = "API Gateway: the account's logging role";
  const needs = 'one, for access_logs';
  if (manage_api_gateway_account === true) {
    return [{ what, allows: 'made by this stack', needs, verdict: 'ok' }];
  }
  if (!('value' in apiGateway)) return [{ what, allows: apiGateway.unknown, needs, verdict: 'unknown' }];
  const { loggingRole } = apiGateway.value;
  return loggingRole === ''
    ? [{ what, allows: 'none', needs, verdict: 'missing', remedy: 'manage_api_gateway_account = true, in one stack' }]
    : [{ what, allows: loggingRole, needs, verdict: 'ok' }];
}

/** Terraform makes no bus, and a rule or a function that names one which is missing fails when events come. */
function eventBus({ hasEventBus }: Account, { event_bus_name }: Settings): Check {
  const what = 'EventBridge: bus of the lifecycle events';
  const needs = `there: event_bus_name = ${event_bus_name}`;
  if (!('value' in hasEventBus)) return { what, allows: hasEventBus.unknown, needs, verdict: 'unknown' };
  return hasEventBus.value
    ? { what, allows: 'there', needs, verdict: 'ok' }
    : {
        what,
        allows: 'not there',
        needs,
        verdict: 'missing',
        remedy: `make it (aws events create-event-bus --name ${event_bus_name}), or name another one in event_bus_name`,
      };
}

function ownKey({ key }: Account, { kms_key_arn }: Settings): Check[] {
  if (key === undefined) return [];
  const what = 'KMS: key of the environment';
  const needs = `Enabled: ${kms_key_arn}`;
  if (!('value' in key)) return [{ what, allows: key.unknown, needs, verdict: 'unknown' }];
  const isEnabled = key.value === 'Enabled';
  const remedy = 'enable the key, or name another one in kms_key_arn';
  return [{ what, allows: key.value, needs, verdict: isEnabled ? 'ok' : 'missing', ...(!isEnabled && { remedy }) }];
}
