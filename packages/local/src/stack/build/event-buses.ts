import {
  InputTransformerError,
  parseInputTransformer,
  type TransformInput,
} from '../../event-bridge/input-transformer.ts';
import { parseJsonPath, valueAt } from '../../event-bridge/json-path.ts';
import { EventPatternError, type Pattern, parsePattern } from '../../event-pattern/matches-pattern.ts';
import { ACCOUNT_ID } from '../account.ts';
import { toObject, toText } from '../expressions/values.ts';
import type { EventBus, EventRule, EventTarget, LambdaFunction, Queue } from '../model.ts';
import type { Module } from '../module.ts';
import type { ResourceInstance } from '../resource-instance.ts';
import { busNameOf } from '../resources/events.ts';
import { functionNameOf } from '../resources/lambda.ts';

/** @see aws_cloudwatch_event_rule in the Terraform provider, which takes more than the service's default quota of 2,048 */
const MAX_PATTERN_CHARACTERS = 4096;
const MAX_TARGETS = 5;

/** What targets name. */
interface TargetsOf {
  readonly functions: readonly LambdaFunction[];
  readonly queues: readonly Queue[];
}

/** Every event bus of the stack, and the one that each account has. */
export function buildEventBuses(module: Module): EventBus[] {
  const [policy] = [
    ...module.instancesOf('aws_cloudwatch_event_bus_policy'),
    ...module.instancesOf('aws_cloudwatch_event_permission'),
  ];
  if (policy) throw policy.fault('event_bus_name', 'a policy of an event bus cannot be run here: leave it out');
  const own = module.instancesOf('aws_cloudwatch_event_bus').map((bus) => {
    if (bus.optional('event_source_name') !== undefined) {
      throw bus.fault('event_source_name', 'events of a partner cannot be had here: leave it out');
    }
    return { name: bus.text('name'), arn: bus.text('arn') };
  });
  const standard = { name: 'default', arn: `arn:aws:events:${module.region}:${ACCOUNT_ID}:event-bus/default` };
  return own.some(({ name }) => name === 'default') ? own : [standard, ...own];
}

/** Every enabled rule that matches events, with its targets. @throws {StackResourceError} a part cannot be run here */
export function buildEventRules(
  module: Module,
  buses: readonly EventBus[],
  { functions, queues }: TargetsOf,
): EventRule[] {
  const rules = module.instancesOf('aws_cloudwatch_event_rule');
  const targets = module.instancesOf('aws_cloudwatch_event_target');
  const isOf = (rule: ResourceInstance) => (target: ResourceInstance) =>
    target.text('rule') === rule.text('name') && busNameOf(target) === busNameOf(rule);
  for (const target of targets) {
    if (!rules.some((rule) => isOf(rule)(target))) {
      throw target.fault('rule', `the bus ${busNameOf(target)} has no rule ${target.text('rule')} in this stack`);
    }
  }
  return rules.flatMap((rule) => {
    checkRule(rule, buses);
    const ofRule = targets.filter(isOf(rule));
    if (rule.optional('event_pattern') === undefined || !isEnabled(rule)) return [];
    if (ofRule.length > MAX_TARGETS) throw rule.fault('name', `a rule has at most ${MAX_TARGETS} targets`);
    const built = {
      name: rule.text('name'),
      arn: rule.text('arn'),
      busName: busNameOf(rule),
      pattern: patternOf(rule),
      targets: ofRule.map((target) => buildTarget(target, { functions, queues })),
    };
    return [built];
  });
}

function checkRule(rule: ResourceInstance, buses: readonly EventBus[]): void {
  const busName = busNameOf(rule);
  const hasSchedule = rule.optional('schedule_expression') !== undefined;
  if (!buses.some(({ name }) => name === busName)) {
    throw rule.fault('event_bus_name', `the stack has no event bus ${busName}`);
  }
  if (hasSchedule && busName !== 'default') {
    throw rule.fault('schedule_expression', `only the bus default takes schedules, not ${busName}`);
  }
  if (!hasSchedule && rule.optional('event_pattern') === undefined) {
    throw rule.fault('event_pattern', 'a rule has an event_pattern or a schedule_expression, or both');
  }
}

const isEnabled = (rule: ResourceInstance): boolean =>
  rule.optionalText('state') !== 'DISABLED' && rule.optionalBoolean('is_enabled') !== false;

function patternOf(rule: ResourceInstance): Pattern {
  const text = rule.text('event_pattern');
  if (text.length > MAX_PATTERN_CHARACTERS) {
    throw rule.fault('event_pattern', `it has ${text.length} characters, and ${MAX_PATTERN_CHARACTERS} are allowed`);
  }
  try {
    const pattern = parsePattern(JSON.parse(text));
    if (pattern.fields.size + pattern.alternatives.length === 0) throw new EventPatternError('it has no field');
    return pattern;
  } catch (error) {
    if (error instanceof SyntaxError) throw rule.fault('event_pattern', 'it is not JSON');
    if (error instanceof EventPatternError) throw rule.fault('event_pattern', error.message);
    throw error;
  }
}

function buildTarget(target: ResourceInstance, { functions, queues }: TargetsOf): EventTarget {
  const arn = target.text('arn');
  const fn = functions.find(({ name }) => arn.includes(':lambda:') && name === functionNameOf(arn));
  if (!fn) throw target.fault('arn', `${arn} is no function of the stack, and only functions can be targets here`);
  const transform = transformOf(target);
  const deadLetterArn = deadLetterArnOf(target, queues);
  return {
    address: target.address,
    functionArn: fn.arn,
    ...(transform && { transform }),
    ...retryPolicyOf(target),
    ...(deadLetterArn !== undefined && { deadLetterArn }),
  };
}

function deadLetterArnOf(target: ResourceInstance, queues: readonly Queue[]): string | undefined {
  const config = target.block('dead_letter_config');
  if (config?.arn === undefined || config.arn === null) return undefined;
  const arn = toText(config.arn);
  if (queues.some((queue) => queue.arn === arn)) return arn;
  throw target.fault('dead_letter_config.arn', `${arn} is not an aws_sqs_queue of the stack`);
}

/** @see "RetryPolicy", EventBridge API Reference: the defaults and bounds */
function retryPolicyOf(target: ResourceInstance): Pick<EventTarget, 'maximumRetryAttempts' | 'maximumEventAgeSeconds'> {
  const policy = target.block('retry_policy') ?? {};
  const read = (name: string, least: number, most: number): number => {
    const value = policy[name];
    if (value === undefined || value === null) return most;
    if (Number(value) >= least && Number(value) <= most) return Number(value);
    throw target.fault(`retry_policy.${name}`, `${value}: it is from ${least} to ${most}`);
  };
  return {
    maximumRetryAttempts: read('maximum_retry_attempts', 0, 185),
    maximumEventAgeSeconds: read('maximum_event_age_in_seconds', 60, 86_400),
  };
}

function transformOf(target: ResourceInstance): TransformInput | undefined {
  const given = ['input', 'input_path', 'input_transformer'].filter((name) => target.optional(name) !== undefined);
  if (given.length > 1) throw target.fault(given[1] ?? '', `a target has one of ${given.join(', ')}`);
  switch (given[0]) {
    case 'input': {
      const text = target.text('input');
      try {
        const input: unknown = JSON.parse(text);
        return () => input;
      } catch {
        throw target.fault('input', 'it is not JSON');
      }
    }
    case 'input_path': {
      const text = target.text('input_path');
      const path = parseJsonPath(text);
      if (path === undefined) throw target.fault('input_path', `the path ${text} cannot be run here`);
      return (event) => valueAt(event, path);
    }
    case 'input_transformer': {
      const block = toObject(target.block('input_transformer') ?? {});
      const paths = Object.entries(toObject(block.input_paths ?? {})).map(([key, path]) => [key, toText(path)]);
      try {
        return parseInputTransformer(Object.fromEntries(paths), toText(block.input_template));
      } catch (error) {
        if (error instanceof InputTransformerError) throw target.fault('input_transformer', error.message);
        throw error;
      }
    }
    default:
      return undefined;
  }
}
