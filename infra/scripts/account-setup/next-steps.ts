import { isPlannedByPullRequests } from '../../src/environments.ts';
import type { SetupOptions } from './options.ts';

/** Says what is left to do by hand, with the values to copy. */
export function nextSteps(options: SetupOptions, outputs: Readonly<Record<string, string>>): string {
  const common = [
    `AWS_REGION=${options.region}`,
    `STATE_BUCKET=${options.stateBucket}`,
    `STATE_REGION=${options.region}`,
  ];
  return [
    '',
    `In GitHub, ${options.repository}, Settings, Environments: make these, restricted to the branch main but for one, with`,
    'these variables. Do it before a workflow names one: GitHub makes a missing environment itself, open to every branch.',
    ...options.environments.flatMap((name) => [
      '',
      `  ${name}:`,
      ...[`AWS_ROLE_ARN=${outputs[`${name}_deploy_role_arn`]}`, ...common].map((line) => `    ${line}`),
      `  ${name}-plan${isPlannedByPullRequests(name) ? ' (open to every branch: pull requests plan with it)' : ''}:`,
      ...[`AWS_ROLE_ARN=${outputs[`${name}_plan_role_arn`]}`, ...common].map((line) => `    ${line}`),
    ]),
    '',
    'In the repository, commit these: the deploy roles make no role without its boundary.',
    ...options.environments.flatMap((name) => [
      '',
      `  terraform.${name}.tfvars:`,
      `    permissions_boundary = ${JSON.stringify(outputs[`${name}_permissions_boundary`])}`,
    ]),
  ].join('\n');
}
