import { functionNames, routes } from './functions.ts';
import { functionArnPattern, kmsKeyArnPattern, regionPattern } from './state-variables.ts';
import { boolean, choice, list, map, text } from './variable-kinds.ts';

const group = 'Deployment';
const domain = 'An address of your own';
const domainPattern = '([0-9a-z]([0-9a-z-]{0,61}[0-9a-z])?(\\.[0-9a-z]([0-9a-z-]{0,61}[0-9a-z])?)+)?';
const certificatePattern = '(arn:aws[a-z-]*:acm:[0-9a-z-]+:[0-9]{12}:certificate/[0-9a-z-]+)?';

/** Of the functions. The annotation parts two types that would need each other. */
const names: readonly string[] = functionNames;

const actions: readonly string[] = Object.keys(routes).filter((routeKey) => !routeKey.startsWith('$'));

/** Holds for an ARN of the region that the stack is in, and for none. */
const isInRegion = (variable: string) => `try(split(":", var.${variable})[3], var.aws_region) == var.aws_region`;

/** What and where, rather than how much of it. */
export const deploymentVariables = {
  aws_region: text(group, {
    about: 'AWS region of everything in the stack.',
    default: 'us-east-1',
    pattern: regionPattern,
    allowed: 'the name of an AWS region, such as eu-central-1',
  }),
  allowed_account_ids: list(group, {
    about: 'Accounts that may be deployed to; with credentials of another one a plan fails. Empty: any.',
    default: [],
    pattern: '[0-9]{12}',
    allowed: 'ids of AWS accounts (12 digits, in quotes)',
  }),
  lambda_runtime: text(group, {
    about: 'Lambda runtime of every function.',
    default: 'nodejs22.x',
    // The bundles are built for Node.js 22. Provider 5.100 knows no later runtime; 6.x does.
    pattern: 'nodejs(2[2468]|[3-9][02468])\\.x',
    allowed: 'nodejs22.x or a later Node.js runtime of Lambda (nodejs24.x needs AWS provider 6)',
  }),
  deletion_protection: boolean(group, {
    about:
      'Whether Terraform refuses to delete API, tables and user pool, and AWS tables and user pool. Read when the stack is synthesized: only from variable files or TF_VAR_deletion_protection. To take an environment away: false, deploy, destroy.',
    default: false,
    defaultIn: { prod: true },
  }),
  point_in_time_recovery: boolean(group, {
    about:
      'Whether the tables can be restored to any second of the last 35 days; priced by their size. Never the one with published messages, which must be gone in time.',
    default: false,
    defaultIn: { prod: true },
  }),
  ip_address_type: choice(
    group,
    'Whether clients reach the API, and its domain, by IPv4 only, or by IPv6 as well (dualstack).',
    ['ipv4', 'dualstack'],
  ),
  tags: map(group, {
    of: 'string',
    about: 'Tags of every resource, besides Project and Environment.',
    default: {},
    entryCondition:
      'can(regex("^[\\\\p{L}\\\\p{N} _.:/=+@-]{1,128}$", key)) && can(regex("^[\\\\p{L}\\\\p{N} _.:/=+@-]{0,256}$", value))' +
      ' && !startswith(lower(key), "aws:") && !contains(["Project", "Environment"], key)',
    allowed:
      'at most 48 tags with keys of 1 to 128 and values of up to 256 letters, digits, spaces and _.:/=+-@ (no key aws:…, Project or Environment)',
    rules: [{ condition: 'length(var.tags) <= 48', must: 'be at most 48 tags: AWS allows 50, and two are set here' }],
  }),
  kms_key_arn: text(group, {
    about:
      "KMS key of yours for tables, queues, logs and the functions' environments. Its policy must let logs.<region>.amazonaws.com use it (and cloudwatch.amazonaws.com, if there are alarms). Empty: AWS's own keys.",
    default: '',
    pattern: `(${kmsKeyArnPattern})?`,
    allowed: 'the ARN of a KMS key in aws_region, or empty',
    rules: [{ condition: isInRegion('kms_key_arn'), must: 'be a key in aws_region' }],
  }),
  reserved_concurrency: map(group, {
    of: 'number',
    about:
      "Instances that a function has for itself, and at most, by function: { heartbeat = 100 }. Without: shares the account's.",
    default: {},
    entryCondition: `contains(${JSON.stringify(names)}, key) && value >= 1 && value <= 10000 && floor(value) == value`,
    allowed: `whole numbers from 1 to 10000 (instances) for any of ${names.join(', ')}`,
  }),
  manage_api_gateway_account: boolean(group, {
    about:
      'Whether this stack sets the role that API Gateway writes logs with. There is one for the whole account and region: leave it to one stack, or to whoever looks after the account. Needed once for access_logs.',
    default: false,
  }),

  extra_routes: map(group, {
    of: 'object({ function_arn = string, reply = optional(bool, false) })',
    about:
      'Actions of WebSocket messages that functions of yours answer, in this account and Region: a map of the action to its function_arn, and to reply (true: what the function returns goes to the client; false unless given). The pipeline must be allowed to let the API invoke them: npm run account:setup with --extra-function-arn.',
    default: {},
    entryCondition:
      'can(regex("^[0-9A-Za-z][0-9A-Za-z._-]{0,63}$", key))' +
      ` && !contains(${JSON.stringify(actions)}, key)` +
      ` && can(regex("^${functionArnPattern}$", value.function_arn))` +
      ' && try(split(":", value.function_arn)[3], "") == var.aws_region',
    allowed: `actions (1 to 64 letters, digits and . _ -, and none of ours: ${actions.join(', ')}), each with the ARN of a function in aws_region, without version or alias`,
  }),

  permissions_boundary: text(group, {
    about:
      'Policy that bounds every role of the stack. The pipeline may make roles only with the one that `npm run account:setup` prints for the environment. Empty: none.',
    default: '',
    pattern: '(arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/[0-9A-Za-z+=,.@_/-]+)?',
    allowed: 'the ARN of an IAM policy, or empty',
  }),

  domain_name: text(domain, {
    about:
      'Domain of the WebSocket address, e.g. ws.example.com; it belongs to one environment only. Empty: the address that API Gateway gives.',
    default: '',
    pattern: domainPattern,
    allowed: 'a domain name in lower case, or empty',
  }),
  certificate_arn: text(domain, {
    about: 'Certificate (ACM) of domain_name.',
    default: '',
    pattern: certificatePattern,
    allowed: 'the ARN of an ACM certificate in aws_region, or empty',
    rules: [
      {
        condition: '(var.certificate_arn == "") == (var.domain_name == "")',
        must: 'be given together with domain_name, or not at all',
      },
      { condition: isInRegion('certificate_arn'), must: 'be a certificate in aws_region' },
    ],
  }),
  http_domain_name: text(domain, {
    about:
      'Domain of the HTTP API, e.g. api.example.com; another one than domain_name, since AWS maps no WebSocket API and HTTP API to the same. Empty: the address that API Gateway gives.',
    default: '',
    pattern: domainPattern,
    allowed: 'a domain name in lower case, or empty',
    rules: [
      {
        condition: 'var.http_domain_name == "" || var.http_domain_name != var.domain_name',
        must: 'be another name than domain_name',
      },
    ],
  }),
  http_certificate_arn: text(domain, {
    about: 'Certificate (ACM) of http_domain_name; may be the same as certificate_arn.',
    default: '',
    pattern: certificatePattern,
    allowed: 'the ARN of an ACM certificate in aws_region, or empty',
    rules: [
      {
        condition: '(var.http_certificate_arn == "") == (var.http_domain_name == "")',
        must: 'be given together with http_domain_name, or not at all',
      },
      { condition: isInRegion('http_certificate_arn'), must: 'be a certificate in aws_region' },
    ],
  }),
  hosted_zone_id: text(domain, {
    about:
      'Route 53 zone in which domain_name and http_domain_name get their records. Empty: you point them at the outputs custom_domain_target and http_custom_domain_target yourself.',
    default: '',
    pattern: '(Z[0-9A-Z]{1,31})?',
    allowed: 'the id of a hosted zone, such as Z0123456789ABCDEFGHIJ, or empty',
    rules: [
      {
        condition: 'var.hosted_zone_id == "" || var.domain_name != "" || var.http_domain_name != ""',
        must: 'be empty when domain_name and http_domain_name are empty',
      },
    ],
  }),
} as const;
