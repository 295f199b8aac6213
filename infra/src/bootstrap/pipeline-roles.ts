import { IamPolicy } from '@cdktf/provider-aws/lib/iam-policy/index.js';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role/index.js';
import { IamRolePolicyAttachment } from '@cdktf/provider-aws/lib/iam-role-policy-attachment/index.js';
import { Construct } from 'constructs';
import { isPlannedByPullRequests, stackNameOf } from '../environments.ts';
import { boundaryPolicy } from './boundary-policy.ts';
import { deployPolicies } from './deploy-policies.ts';
import { planPolicy } from './plan-policy.ts';
import { boundaryNameOf, type Policy, pipelinePath, type Scope } from './scope.ts';

export interface PipelineRolesProps {
  readonly scope: Scope;
  /** `owner/name` on GitHub. */
  readonly repository: string;
  /** ARN of the account's OIDC provider of GitHub. */
  readonly providerArn: string;
}

/** The roles that the workflows of one environment take, and the boundary of the roles that they make. */
export class PipelineRoles extends Construct {
  readonly boundaryArn: string;
  readonly deployRoleArn: string;
  readonly planRoleArn: string;

  constructor(parent: Construct, id: string, { scope, repository, providerArn }: PipelineRolesProps) {
    super(parent, id);
    const { environment } = scope;
    const stack = stackNameOf(environment);
    const addPolicy = (policyId: string, name: string, description: string, document: Policy) =>
      new IamPolicy(this, policyId, { name, path: pipelinePath, description, policy: JSON.stringify(document) });
    const role = (
      roleId: string,
      description: string,
      githubEnvironment: string,
      branch: string | undefined,
      policies: Readonly<Record<string, Policy>>,
    ) => {
      const made = new IamRole(this, roleId, {
        name: `${stack}-${roleId}`,
        path: pipelinePath,
        description,
        maxSessionDuration: 3600,
        assumeRolePolicy: JSON.stringify(trustPolicy({ repository, providerArn, githubEnvironment, branch })),
      });
      for (const [part, document] of Object.entries(policies)) {
        const attached = addPolicy(`${roleId}-${part}`, `${stack}-${roleId}-${part}`, description, document);
        new IamRolePolicyAttachment(this, `${roleId}-${part}-attachment`, { role: made.name, policyArn: attached.arn });
      }
      return made.arn;
    };

    this.boundaryArn = addPolicy(
      'boundary',
      boundaryNameOf(environment),
      `The most that a role of ${stack} can be allowed.`,
      boundaryPolicy(scope),
    ).arn;
    this.deployRoleArn = role('deploy', `Deploys ${stack}, from GitHub.`, environment, 'main', deployPolicies(scope));
    // Pull requests show what they would change in dev, from branches of their own.
    const planBranch = isPlannedByPullRequests(environment) ? undefined : 'main';
    this.planRoleArn = role('plan', `Plans ${stack}, from GitHub; reads no data.`, `${environment}-plan`, planBranch, {
      read: planPolicy(scope),
    });
  }
}

/**
 * Lets jobs of one GitHub environment of one repository take a role, and but for `branch` from that branch only.
 *
 * The `sub` of such a job names no branch; since January 2026 AWS evaluates `repository` and `ref` as well. Of
 * repositories that were made, renamed or transferred since July 2026, GitHub puts the numbers of owner and repository
 * into the `sub`: both forms are accepted. What `*` stands for cannot end the repository's name, since GitHub writes a
 * colon in the name of an environment as `%3A`, and branches have none.
 * @see "Available keys for AWS OIDC federation", IAM User Guide; "Immutable subject claims", GitHub Docs
 */
const trustPolicy = (from: {
  repository: string;
  providerArn: string;
  githubEnvironment: string;
  branch: string | undefined;
}) => {
  const claim = (name: string) => `token.actions.githubusercontent.com:${name}`;
  const [owner, name] = from.repository.split('/');
  const subjects = [from.repository, `${owner}@*/${name}@*`];
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: 'sts:AssumeRoleWithWebIdentity',
        Principal: { Federated: from.providerArn },
        Condition: {
          StringEquals: {
            [claim('aud')]: 'sts.amazonaws.com',
            [claim('repository')]: from.repository,
            ...(from.branch !== undefined && { [claim('ref')]: `refs/heads/${from.branch}` }),
          },
          StringLike: {
            [claim('sub')]: subjects.map((subject) => `repo:${subject}:environment:${from.githubEnvironment}`),
          },
        },
      },
    ],
  };
};
