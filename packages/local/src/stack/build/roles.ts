import { toText } from '../expressions/values.ts';
import type { PolicyDocument, Role } from '../model.ts';
import type { Module } from '../module.ts';
import type { ResourceInstance } from '../resource-instance.ts';
import { managedPolicies, parsePolicy } from './policies.ts';

/** Every role of the stack with its policies: inline, attached, and those of AWS that are known here. */
export function buildRoles(module: Module): Role[] {
  const inline = module.instancesOf('aws_iam_role_policy');
  const attachments = module.instancesOf('aws_iam_role_policy_attachment');
  const customerManaged = new Map(module.instancesOf('aws_iam_policy').map((policy) => [policy.text('arn'), policy]));

  return module.instancesOf('aws_iam_role').map((role) => {
    const name = role.text('name');
    const ofRole = (resource: ResourceInstance) => resource.text('role') === name;
    return {
      name,
      arn: role.text('arn'),
      trustPolicy: parsePolicy(role.text('assume_role_policy'), `${role.address}.assume_role_policy`),
      policies: [
        ...role
          .blocks('inline_policy')
          .filter(({ policy }) => policy !== undefined)
          .map(({ policy }) => parsePolicy(toText(policy), `${role.address}.inline_policy`)),
        ...inline.filter(ofRole).map((policy) => parsePolicy(policy.text('policy'), `${policy.address}.policy`)),
        ...attachments.filter(ofRole).map((attachment) => attachedPolicy(attachment, customerManaged)),
      ],
    };
  });
}

function attachedPolicy(attachment: ResourceInstance, known: ReadonlyMap<string, ResourceInstance>): PolicyDocument {
  const arn = attachment.text('policy_arn');
  const own = known.get(arn);
  if (own) return parsePolicy(own.text('policy'), `${own.address}.policy`);
  const managed = managedPolicies[arn];
  if (managed) return { address: arn, ...managed };
  throw attachment.fault(
    'policy_arn',
    `the content of ${arn} is not known here (add it to src/stack/build/policies.ts)`,
  );
}
