import { text } from './variable-kinds.ts';

const group = "Terraform's state";
const read = 'Read when the stack is synthesized; the environment variable';

/** AWS's rule for a region's name. */
export const regionPattern = '[a-z]{2}(-[a-z]+)+-[0-9]';
/** The ARN of a key itself, not of an alias: CloudWatch Logs takes no alias. */
export const kmsKeyArnPattern = 'arn:aws[a-z-]*:kms:[0-9a-z-]+:[0-9]{12}:key/[0-9A-Za-z-]+';
/** The ARN of a function itself, not of a version or an alias. */
export const functionArnPattern = 'arn:aws[a-z-]*:lambda:[0-9a-z-]+:[0-9]{12}:function:[0-9A-Za-z_-]{1,64}';

/**
 * Where the state is kept. Terraform cannot read these (a backend has no variables): `state.ts` does. They are declared
 * all the same, so that Terraform knows every name in a variable file.
 */
export const stateVariables = {
  state_bucket: text(group, {
    about: `S3 bucket of the state, which exists already. Empty: a file in infra/. ${read} STATE_BUCKET wins.`,
    default: '',
    pattern: '([0-9a-z][0-9a-z.-]{1,61}[0-9a-z])?',
    allowed: "a bucket's name (3 to 63 lower-case letters, digits, dots, hyphens), or empty",
  }),
  state_region: text(group, {
    about: `Region of that bucket; needed with it. ${read} STATE_REGION wins.`,
    default: '',
    pattern: `(${regionPattern})?`,
    allowed: 'the name of an AWS region, such as eu-central-1, or empty',
  }),
  state_key_prefix: text(group, {
    about: `Folder in that bucket; the state is <folder>/sessions-<environment>.tfstate. ${read} STATE_KEY_PREFIX wins.`,
    default: 'sessions',
    pattern: "([0-9A-Za-z!_.*'()-]+(/[0-9A-Za-z!_.*'()-]+)*)?",
    allowed: 'a path without a slash at its ends, or empty',
  }),
  state_kms_key_id: text(group, {
    about: `KMS key that encrypts the state. Empty: the bucket's own encryption. ${read} STATE_KMS_KEY_ID wins.`,
    default: '',
    pattern: `(${kmsKeyArnPattern})?`,
    allowed: 'the ARN of a KMS key, or empty',
  }),
} as const;
