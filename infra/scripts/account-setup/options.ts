import { parseArgs } from 'node:util';
import type { AccountOptions } from '../../src/bootstrap/account-stack.ts';
import { type EnvironmentName, environmentNames } from '../../src/environments.ts';
import { functionArnPattern, kmsKeyArnPattern, regionPattern, stateVariables } from '../../src/state-variables.ts';

/** The command line is wrong. */
export class UsageError extends Error {}

export interface SetupOptions extends AccountOptions {
  readonly adoptBucket: boolean;
  readonly planOnly: boolean;
  readonly autoApprove: boolean;
  /** Where Terraform works; its state is here until the bucket exists. */
  readonly folder: string | undefined;
}

export const help = `\
Makes what an AWS account needs once before GitHub deploys to it: the bucket of the states, the OIDC provider, and for
each environment a deploy role, a plan role and the permissions boundary of the roles that the stack makes.
An administrator runs it, again after an upgrade that changes it (its plan says so), with the same options.

  npm run account:setup -- --repository <owner/name> --region <region> --state-bucket <name> [<option> …]

  --environments dev,staging,prod   those that this account holds (default: all)
  --state-key-prefix <path>         folder of the states in the bucket (default: ${stateVariables.state_key_prefix.default})
  --state-kms-key-arn <arn>         key that encrypts the bucket (default: S3's own)
  --kms-key-arn <arn>               key that environments name as kms_key_arn; may be repeated
  --hosted-zone-id <id>             zone that environments name as hosted_zone_id; may be repeated
  --extra-function-arn <arn>        function that environments name in extra_routes; may be repeated
  --oidc-provider-arn <arn>         the account's OIDC provider of GitHub, if there is one already
  --adopt-bucket                    takes over a bucket that exists already
  --plan                            shows what would change, and changes nothing
  --auto-approve                    does not ask
  --folder <path>                   where Terraform works (default: infra/.account)`;

const forms: Readonly<Record<string, readonly [pattern: string, allowed: string]>> = {
  repository: ['[0-9A-Za-z-]+/[0-9A-Za-z._-]+', 'a GitHub repository, such as octo-org/sessions'],
  region: [regionPattern, 'the name of an AWS region, such as eu-central-1'],
  'state-bucket': [
    '[0-9a-z][0-9a-z.-]{1,61}[0-9a-z]',
    "a bucket's name: 3 to 63 lower-case letters, digits, dots, hyphens",
  ],
  'state-key-prefix': [stateVariables.state_key_prefix.pattern, stateVariables.state_key_prefix.allowed],
  'state-kms-key-arn': [kmsKeyArnPattern, 'the ARN of a KMS key'],
  'kms-key-arn': [kmsKeyArnPattern, 'the ARN of a KMS key'],
  'hosted-zone-id': ['Z[0-9A-Z]{1,31}', 'the id of a hosted zone, such as Z0123456789ABCDEFGHIJ'],
  'extra-function-arn': [functionArnPattern, 'the ARN of a Lambda function, without version or alias'],
  'oidc-provider-arn': [
    'arn:aws:iam::[0-9]{12}:oidc-provider/token\\.actions\\.githubusercontent\\.com',
    'arn:aws:iam::<account>:oidc-provider/token.actions.githubusercontent.com',
  ],
};

/** Reads the command line. @returns undefined: help is asked for @throws {UsageError} it is wrong */
export function parseOptions(args: readonly string[]): SetupOptions | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  for (const [name, value] of Object.entries(values)) {
    for (const each of [value].flat()) check(name, each);
  }
  const needed = (name: 'repository' | 'region' | 'state-bucket'): string => {
    const value = values[name];
    if (value === undefined)
      throw new UsageError(`--${name} is missing (${forms[name]?.[1]}); --help lists all options`);
    return value;
  };
  const stateKmsKeyArn = values['state-kms-key-arn'];
  const providerArn = values['oidc-provider-arn'];
  return {
    repository: needed('repository'),
    region: needed('region'),
    stateBucket: needed('state-bucket'),
    stateKeyPrefix: values['state-key-prefix'] ?? stateVariables.state_key_prefix.default,
    environments: readEnvironments(values.environments),
    kmsKeyArns: values['kms-key-arn'] ?? [],
    hostedZoneIds: values['hosted-zone-id'] ?? [],
    extraFunctionArns: values['extra-function-arn'] ?? [],
    ...(stateKmsKeyArn !== undefined && { stateKmsKeyArn }),
    ...(providerArn !== undefined && { providerArn }),
    adoptBucket: values['adopt-bucket'] ?? false,
    planOnly: values.plan ?? false,
    autoApprove: values['auto-approve'] ?? false,
    folder: values.folder,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: args.filter((arg) => arg !== '--'),
      options: {
        repository: { type: 'string' },
        region: { type: 'string' },
        'state-bucket': { type: 'string' },
        'state-key-prefix': { type: 'string' },
        'state-kms-key-arn': { type: 'string' },
        'kms-key-arn': { type: 'string', multiple: true },
        'hosted-zone-id': { type: 'string', multiple: true },
        'extra-function-arn': { type: 'string', multiple: true },
        'oidc-provider-arn': { type: 'string' },
        environments: { type: 'string' },
        folder: { type: 'string' },
        'adopt-bucket': { type: 'boolean' },
        plan: { type: 'boolean' },
        'auto-approve': { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function check(name: string, value: unknown): void {
  const [pattern, allowed] = forms[name] ?? [];
  if (pattern === undefined || new RegExp(`^(${pattern})$`).test(String(value))) return;
  throw new UsageError(`--${name} must be ${allowed}, not ${JSON.stringify(value)}`);
}

function readEnvironments(list: string | undefined): EnvironmentName[] {
  const names = list?.split(',') ?? environmentNames;
  return names.map((name) => {
    const known = environmentNames.find((each) => each === name);
    if (known === undefined) {
      throw new UsageError(`--environments must be any of ${environmentNames.join(',')}, not ${JSON.stringify(name)}`);
    }
    return known;
  });
}
