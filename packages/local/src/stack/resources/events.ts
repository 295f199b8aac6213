import type { ResourceInstance } from '../resource-instance.ts';
import type { ResourceTypes } from './index.ts';

const name = (resource: ResourceInstance): string =>
  `${resource.optionalText('name_prefix') ?? 'terraform-'}${resource.uniqueId(26, '0123456789')}`;

/** The bus that a rule or target is on; it may be given by its ARN. */
export const busNameOf = (resource: ResourceInstance): string =>
  (resource.optionalText('event_bus_name') ?? 'default').replace(/^arn:.*:event-bus\//, '');

export const events: ResourceTypes = {
  aws_cloudwatch_event_bus: {
    id: (bus) => bus.text('name'),
    arn: (bus) => bus.arn('events', `event-bus/${bus.text('name')}`),
  },
  aws_cloudwatch_event_rule: {
    name,
    id: (rule) => rule.text('name'),
    arn: (rule) => {
      const bus = busNameOf(rule);
      return rule.arn('events', `rule/${bus === 'default' ? '' : `${bus}/`}${rule.text('name')}`);
    },
  },
  aws_cloudwatch_event_target: {
    target_id: (target) => `terraform-${target.uniqueId(26, '0123456789')}`,
    id: (target) => `${target.text('rule')}-${target.text('target_id')}`,
  },
  aws_scheduler_schedule: {
    name,
    id: (schedule) => `${schedule.text('group_name')}/${schedule.text('name')}`,
    group_name: () => 'default',
    arn: (schedule) => schedule.arn('scheduler', `schedule/${schedule.text('group_name')}/${schedule.text('name')}`),
  },
};
