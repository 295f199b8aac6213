import type { RequestedAction } from '../aws/calls.ts';
import type { Caller } from '../aws/credentials.ts';
import type { Clock } from '../clock.ts';
import type { InvocationSource } from '../lambda/invoker.ts';
import { permissionFor } from '../lambda/permissions.ts';
import type { LambdaFunction, Role, Stack } from '../stack/model.ts';
import { contextOfCall } from './condition-keys.ts';
import { type Decision, evaluate } from './evaluate.ts';
import { type CompiledPolicy, compilePolicy } from './policy.ts';
import { requireAssumableByLambda } from './trust.ts';
import type { UsageRecorder } from './usage.ts';

/** Who may do what in a stack, by its roles and permissions. */
export interface Iam {
  /** Why the caller may not do it, in AWS's words; undefined: it may. */
  authorize(caller: Caller, requested: RequestedAction): string | undefined;
  /** Whether a service may invoke the function. */
  mayInvoke(fn: LambdaFunction, source: InvocationSource): boolean;
  /** What Lambda does for a function by its role, such as reading a stream. Why it may not; undefined: it may. */
  refusalOf(fn: LambdaFunction, action: string, resource: string): string | undefined;
  /** Lambda's own part, by the function's role: makes the log stream of an instance. Why its lines are lost, if so. */
  openLog(fn: LambdaFunction, log: { logGroupName: string; logStreamName: string }): string | undefined;
}

export interface IamOptions {
  readonly stack: Pick<Stack, 'functions' | 'region' | 'accountId'>;
  readonly clock: Clock;
  readonly usage?: UsageRecorder;
}

/**
 * Enforces a stack's policies.
 * @throws {StackResourceError} a policy cannot be evaluated here, or Lambda cannot assume the role of a function
 */
export function createIam({ stack, clock, usage }: IamOptions): Iam {
  const { functions, region, accountId } = stack;
  const policies = new Map<string, readonly CompiledPolicy[]>();
  for (const fn of functions) {
    requireAssumableByLambda(fn, accountId);
    policies.set(
      fn.role.arn,
      fn.role.policies.map((document) => compilePolicy(document)),
    );
  }
  const functionArns = new Map(functions.map((fn) => [fn.name, fn.arn]));

  /** Why a function's role may not; undefined: it may. */
  function refusal(
    role: Role,
    functionName: string,
    callerArn: string,
    action: string,
    resource: string,
  ): string | undefined {
    const decision = evaluate(policies.get(role.arn) ?? [], {
      action,
      resource,
      context: () => {
        const functionArn = functionArns.get(functionName) ?? '';
        return contextOfCall({ roleArn: role.arn, functionArn, accountId, region, nowMs: clock.nowMs() });
      },
    });
    if (decision.kind === 'allowed') {
      usage?.add({ kind: 'role', role: role.name, ...decision.by });
      return undefined;
    }
    usage?.add({ kind: 'denied', who: role.name, action, resource });
    return denial(callerArn, action, resource, decision.kind);
  }

  return {
    authorize({ arn, role, functionName }, { action, resources }) {
      if (role === undefined || functionName === undefined) return undefined; // the operator
      // An action that names no resource is about all of them.
      for (const resource of resources.length === 0 ? ['*'] : resources) {
        const reason = refusal(role, functionName, arn, action, resource);
        if (reason !== undefined) return reason;
      }
      return undefined;
    },
    mayInvoke(fn, source) {
      if (source.principal.startsWith('arn:')) return true; // a role: checked where it calls
      const permission = permissionFor(fn, source);
      if (permission !== undefined) {
        usage?.add({ kind: 'invoke', functionName: fn.name, permission: fn.permissions.indexOf(permission) });
        return true;
      }
      const who = `${source.principal} ${source.sourceArn ?? ''}`.trimEnd();
      usage?.add({ kind: 'denied', who, action: 'lambda:InvokeFunction', resource: fn.arn });
      return false;
    },
    refusalOf({ name, role }, action, resource) {
      return refusal(role, name, `arn:aws:sts::${accountId}:assumed-role/${role.name}/${name}`, action, resource);
    },
    openLog({ name, role }, { logGroupName, logStreamName }) {
      const stream = `arn:aws:logs:${region}:${accountId}:log-group:${logGroupName}:log-stream:${logStreamName}`;
      const callerArn = `arn:aws:sts::${accountId}:assumed-role/${role.name}/${name}`;
      for (const action of ['logs:CreateLogStream', 'logs:PutLogEvents']) {
        const reason = refusal(role, name, callerArn, action, stream);
        if (reason !== undefined) return reason;
      }
      return undefined;
    },
  };
}

/** @see "Troubleshoot access denied error messages", IAM User Guide */
function denial(who: string, action: string, resource: string, kind: Exclude<Decision['kind'], 'allowed'>): string {
  const because =
    kind === 'explicitDeny'
      ? 'with an explicit deny in an identity-based policy'
      : `because no identity-based policy allows the ${action} action`;
  return `User: ${who} is not authorized to perform: ${action} on resource: ${resource} ${because}`;
}
