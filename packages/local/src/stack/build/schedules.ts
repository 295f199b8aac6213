import { toObject } from '../expressions/values.ts';
import type { LambdaFunction, Schedule } from '../model.ts';
import type { Module } from '../module.ts';
import type { ResourceInstance } from '../resource-instance.ts';
import { busNameOf } from '../resources/events.ts';
import { functionNameOf } from '../resources/lambda.ts';

/** Every enabled schedule (EventBridge rule or Scheduler) that invokes a function of the stack. */
export function buildSchedules(module: Module, functions: readonly LambdaFunction[]): Schedule[] {
  return [...ruleSchedules(module, functions), ...schedulerSchedules(module, functions)];
}

function ruleSchedules(module: Module, functions: readonly LambdaFunction[]): Schedule[] {
  const targets = module.instancesOf('aws_cloudwatch_event_target');
  return module
    .instancesOf('aws_cloudwatch_event_rule')
    .filter((rule) => rule.optional('schedule_expression') !== undefined && isEnabled(rule))
    .flatMap((rule) =>
      targets
        .filter((target) => target.text('rule') === rule.text('name') && busNameOf(target) === busNameOf(rule))
        .map((target) => ({
          name: rule.text('name'),
          arn: rule.text('arn'),
          intervalMs: intervalMs(rule),
          functionArn: targetFunction(plainTarget(target), target.text('arn'), functions),
          ...parsedInput(target, target.optionalText('input')),
          principal: 'events.amazonaws.com',
        })),
    );
}

function schedulerSchedules(module: Module, functions: readonly LambdaFunction[]): Schedule[] {
  return module
    .instancesOf('aws_scheduler_schedule')
    .filter(isEnabled)
    .map((schedule) => {
      const target = toObject(schedule.block('target') ?? {});
      const input = typeof target.input === 'string' ? target.input : undefined;
      return {
        name: schedule.text('name'),
        arn: schedule.text('arn'),
        intervalMs: intervalMs(schedule),
        functionArn: targetFunction(schedule, String(target.arn), functions),
        ...parsedInput(schedule, input),
        principal: 'scheduler.amazonaws.com',
      };
    });
}

/** @throws {StackResourceError} the event of a schedule is to be changed, or kept: it would be neither */
function plainTarget(target: ResourceInstance): ResourceInstance {
  if (target.block('dead_letter_config') !== undefined) {
    throw target.fault('dead_letter_config', 'it cannot be run here for a schedule: leave it out');
  }
  for (const attribute of ['input_path', 'input_transformer']) {
    if (target.optional(attribute) !== undefined) {
      throw target.fault(attribute, 'it cannot be run here for a schedule: use input');
    }
  }
  return target;
}

const isEnabled = (resource: ResourceInstance): boolean =>
  resource.optionalText('state') !== 'DISABLED' && resource.optionalBoolean('is_enabled') !== false;

function targetFunction(resource: ResourceInstance, arn: string, functions: readonly LambdaFunction[]): string {
  const fn = functions.find(({ name }) => name === functionNameOf(arn));
  if (!fn)
    throw resource.fault('arn', `${arn} is not a function of the stack, and only functions can be scheduled here`);
  return fn.arn;
}

function parsedInput(resource: ResourceInstance, input: string | undefined): { input?: unknown } {
  if (input === undefined) return {};
  try {
    return { input: JSON.parse(input) };
  } catch {
    throw resource.fault('input', 'it is not JSON');
  }
}

const unitMs: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** `rate(1 minute)`, `rate(5 hours)`. */
function intervalMs(resource: ResourceInstance): number {
  const expression = resource.text('schedule_expression');
  const rate = /^rate\(([1-9]\d*) (minute|hour|day)s?\)$/.exec(expression);
  const unit = unitMs[rate?.[2] ?? ''];
  if (!rate || unit === undefined) {
    throw resource.fault(
      'schedule_expression',
      `${expression} cannot be run here, only rate(…) in minutes, hours or days`,
    );
  }
  return Number(rate[1]) * unit;
}
