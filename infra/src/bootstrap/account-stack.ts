import { DataAwsCallerIdentity } from '@cdktf/provider-aws/lib/data-aws-caller-identity/index.js';
import { IamOpenidConnectProvider } from '@cdktf/provider-aws/lib/iam-openid-connect-provider/index.js';
import { AwsProvider } from '@cdktf/provider-aws/lib/provider/index.js';
import { LocalBackend, S3Backend, TerraformOutput, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { type EnvironmentName, project } from '../environments.ts';
import { awsProviderVersion } from '../provider-lock.ts';
import type { S3State } from '../state.ts';
import { PipelineRoles } from './pipeline-roles.ts';
import { StateBucket } from './state-bucket.ts';

export const accountStackName = `${project}-bootstrap`;

/** What an administrator says of an account. */
export interface AccountOptions {
  /** `owner/name` on GitHub. */
  readonly repository: string;
  readonly region: string;
  readonly stateBucket: string;
  readonly stateKeyPrefix: string;
  readonly stateKmsKeyArn?: string;
  /** Those that this account holds. */
  readonly environments: readonly EnvironmentName[];
  /** ARN of the OIDC provider of GitHub that the account has already. Absent: it is made. */
  readonly providerArn?: string;
  readonly kmsKeyArns: readonly string[];
  readonly hostedZoneIds: readonly string[];
  readonly extraFunctionArns: readonly string[];
}

export interface AccountStackProps extends AccountOptions {
  readonly state: S3State | { readonly path: string };
  /** Takes over a bucket of this name that exists already. */
  readonly adoptBucket: boolean;
  /** For an emulator whose host name takes no bucket's name before it. */
  readonly s3UsePathStyle: boolean;
}

/** What an account needs once before environments are deployed to it by GitHub: state bucket, OIDC provider, roles. */
export class AccountStack extends TerraformStack {
  constructor(scope: Construct, props: AccountStackProps) {
    super(scope, accountStackName);
    const { region, state, s3UsePathStyle } = props;
    this.addOverride('terraform.required_version', '>= 1.11.0');
    new AwsProvider(this, 'aws', {
      region,
      ...(s3UsePathStyle && { s3UsePathStyle }),
      defaultTags: [{ tags: { Project: project } }],
    });
    this.addOverride('terraform.required_providers.aws', { source: 'hashicorp/aws', version: awsProviderVersion });
    if ('path' in state) new LocalBackend(this, state);
    else {
      new S3Backend(this, { ...state, encrypt: true, ...(s3UsePathStyle && { usePathStyle: true }) });
      this.addOverride('terraform.backend.s3.use_lockfile', true);
    }

    const { accountId } = new DataAwsCallerIdentity(this, 'account');
    const { bucket } = new StateBucket(this, 'state', {
      name: props.stateBucket,
      ...(props.stateKmsKeyArn !== undefined && { kmsKeyArn: props.stateKmsKeyArn }),
    });
    if (props.adoptBucket) bucket.importFrom(props.stateBucket);
    new TerraformOutput(this, 'state_bucket', { value: bucket.bucket, description: 'STATE_BUCKET' });

    const providerArn = props.providerArn ?? this.makeProvider();
    for (const environment of props.environments) {
      const roles = new PipelineRoles(this, environment, {
        repository: props.repository,
        providerArn,
        scope: {
          accountId,
          region,
          environment,
          stateBucketArn: bucket.arn,
          stateKeyPrefix: props.stateKeyPrefix,
          ...(props.stateKmsKeyArn !== undefined && { stateKmsKeyArn: props.stateKmsKeyArn }),
          kmsKeyArns: props.kmsKeyArns,
          hostedZoneIds: props.hostedZoneIds,
          extraFunctionArns: props.extraFunctionArns,
        },
      });
      const outputs = {
        deploy_role_arn: roles.deployRoleArn,
        plan_role_arn: roles.planRoleArn,
        permissions_boundary: roles.boundaryArn,
      };
      for (const [name, value] of Object.entries(outputs)) {
        new TerraformOutput(this, `${environment}_${name}`, { value });
      }
    }
  }

  private makeProvider(): string {
    // AWS trusts GitHub by its certificate authority; a thumbprint is not needed.
    return new IamOpenidConnectProvider(this, 'github', {
      url: 'https://token.actions.githubusercontent.com',
      clientIdList: ['sts.amazonaws.com'],
    }).arn;
  }
}
