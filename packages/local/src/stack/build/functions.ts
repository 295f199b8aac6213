import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { StackBundleError } from '../errors.ts';
import { toObject, toText } from '../expressions/values.ts';
import type { InvokePermission, LambdaFunction, Queue, Role } from '../model.ts';
import type { Module } from '../module.ts';
import type { ResourceInstance } from '../resource-instance.ts';
import { functionNameOf } from '../resources/lambda.ts';
import { onFailureArn } from './destinations.ts';

/** Lambda's defaults of asynchronous invocation: facts 10. */
const ASYNC_DEFAULTS = { maximumRetryAttempts: 2, maximumEventAgeSeconds: 21_600 };

/** Every function of the stack. @throws {StackBundleError} a package is missing @throws {StackResourceError} */
export function buildFunctions(
  module: Module,
  { roles, queues }: { readonly roles: readonly Role[]; readonly queues: readonly Queue[] },
): LambdaFunction[] {
  const permissions = module.instancesOf('aws_lambda_permission');
  const asyncConfigs = module.instancesOf('aws_lambda_function_event_invoke_config');

  return module.instancesOf('aws_lambda_function').map((fn) => {
    const name = fn.text('function_name');
    const ofFunction = (resource: ResourceInstance) => functionNameOf(resource.text('function_name')) === name;
    const role = roles.find(({ arn }) => arn === fn.text('role'));
    if (!role) throw fn.fault('role', `no aws_iam_role of the stack has the ARN ${fn.text('role')}`);
    const runtime = fn.text('runtime');
    if (!runtime.startsWith('nodejs')) throw fn.fault('runtime', `${runtime} cannot be run here, only nodejs…`);
    const asyncConfig = asyncConfigs.find(ofFunction);
    const queueArn = asyncConfig && onFailureArn(asyncConfig, queues);
    const reservedConcurrency = fn.optionalNumber('reserved_concurrent_executions') ?? -1;
    return {
      name,
      arn: fn.text('arn'),
      handler: fn.text('handler'),
      runtime,
      packageFile: packageFile(fn, module),
      timeoutSeconds: fn.optionalNumber('timeout') ?? 3,
      memoryMb: fn.optionalNumber('memory_size') ?? 128,
      environment: environment(fn),
      role,
      ...(reservedConcurrency >= 0 ? { reservedConcurrency } : {}),
      asyncInvoke: {
        maximumRetryAttempts:
          asyncConfig?.optionalNumber('maximum_retry_attempts') ?? ASYNC_DEFAULTS.maximumRetryAttempts,
        maximumEventAgeSeconds:
          asyncConfig?.optionalNumber('maximum_event_age_in_seconds') ?? ASYNC_DEFAULTS.maximumEventAgeSeconds,
        ...(queueArn !== undefined && { onFailureArn: queueArn }),
      },
      permissions: permissions.filter(ofFunction).map(permission),
    };
  });
}

function packageFile(fn: ResourceInstance, module: Module): string {
  const { folder } = module.document;
  const fileName = fn.optionalText('filename');
  if (fileName === undefined) throw fn.fault('filename', 'only functions packaged as a local zip file can be run here');
  const file = resolve(folder, fileName);
  const archive = module
    .instancesOf('archive_file', 'data')
    .find((candidate) => resolve(folder, candidate.text('output_path')) === file);
  if (archive) return sourceFolder(archive, fn, folder);
  if (!existsSync(file)) throw new StackBundleError(fn.text('function_name'), file);
  return file;
}

/** What Terraform would zip, taken as it is: it is always what the sources say. */
function sourceFolder(archive: ResourceInstance, fn: ResourceInstance, folder: string): string {
  for (const attribute of ['excludes', 'source', 'source_file', 'source_content']) {
    if (archive.optional(attribute) !== undefined) {
      throw archive.fault(attribute, 'it cannot be run here: use source_dir alone');
    }
  }
  const source = resolve(folder, archive.text('source_dir'));
  if (!existsSync(source)) throw new StackBundleError(fn.text('function_name'), source);
  return source;
}

function environment(fn: ResourceInstance): Record<string, string> {
  const variables = fn.block('environment')?.variables;
  if (variables === undefined || variables === null) return {};
  return Object.fromEntries(
    Object.entries(toObject(variables)).map(([key, value]) => {
      if (value === null || typeof value === 'object') {
        throw fn.fault(`environment.variables.${key}`, 'a variable of the environment must be a string');
      }
      return [key, toText(value)];
    }),
  );
}

function permission(resource: ResourceInstance): InvokePermission {
  const sourceArn = resource.optionalText('source_arn');
  const sourceAccount = resource.optionalText('source_account');
  return {
    principal: resource.text('principal'),
    action: resource.text('action'),
    ...(sourceArn === undefined ? {} : { sourceArn }),
    ...(sourceAccount === undefined ? {} : { sourceAccount }),
  };
}
