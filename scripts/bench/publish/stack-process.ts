/**
 * The local stack that messages are published to, in a process of its own: what it uses is told apart from what its
 * clients do.
 */
import { resolve } from 'node:path';
import { type LocalStack, startLocalStack } from '../../../packages/local/src/index.ts';
import { answerParent } from '../gateway/child.ts';

export type StackCommands = typeof commands;

const stackFile = resolve(import.meta.dirname, '../../../infra/cdktf.out/stacks/sessions-dev/cdk.tf.json');

/** Everything that would refuse a load test, as high as it goes. */
const UNLIMITED = {
  rate_limit_connection_attempts_per_min: '1000000',
  rate_limit_heartbeats_per_min: '6000',
  heartbeat_timeout_seconds: '3600',
};
/** A large session's shares all run at once on AWS: ten of a thousand listeners, and the one that shares them out. */
const INSTANCES = 11;

export interface StackRequest {
  readonly listeners: number;
  /** Of the account; absent: none. */
  readonly requestQuota?: { readonly rateLimit: number; readonly burstLimit: number };
  /** Threads of one function for each share of a large session, as on AWS; otherwise as many as the machine has cores. */
  readonly isAsParallelAsAws?: boolean;
  readonly variables?: Readonly<Record<string, string>>;
}

let stack: LocalStack | undefined;
/** Calls of AWS by function and operation, since they were taken last. */
const calls = new Map<string, number>();
/** Invocations that have not returned, by function and how they ended, since they were taken last. */
const failures = new Map<string, number>();

const commands = {
  async start({ listeners, requestQuota, isAsParallelAsAws = false, variables = {} }: StackRequest) {
    stack = await startLocalStack({
      stackFile,
      variables: { max_listeners_per_session: String(Math.max(500, listeners)), ...UNLIMITED, ...variables },
      schedules: 'manual',
      requestQuota: requestQuota ?? 'none',
      ...(isAsParallelAsAws && { lambda: { maxInstancesPerFunction: INSTANCES } }),
      onAwsCall({ functionName, operation }) {
        if (functionName === undefined) return;
        const call = `${functionName.replace('sessions-dev-', '')} ${operation}`;
        calls.set(call, (calls.get(call) ?? 0) + 1);
      },
      onInvocation({ functionName, outcome }) {
        if (outcome.kind === 'returned') return;
        const failure = `${functionName.replace('sessions-dev-', '')} ${outcome.kind}`;
        failures.set(failure, (failures.get(failure) ?? 0) + 1);
      },
    });
    const { webSocketUrl, endpoint, credentials, tokens } = stack;
    const { region, outputs } = stack.stack;
    return {
      webSocketUrl,
      endpoint,
      credentials,
      region,
      httpApiUrl: String(outputs.http_api_url),
      /** Of @connections. */
      managementEndpoint: webSocketUrl.replace(/^ws/, 'http'),
      speakerToken: await tokens.issueToken({ username: 'speaker' }),
    };
  },
  /** CPU time so far, milliseconds: of the functions' threads, and of the one with the gateway and the tables. */
  async cpuMs(): Promise<{ functions: number; gateway: number }> {
    const [all, gateway] = [process.cpuUsage(), process.threadCpuUsage()].map(
      ({ user, system }) => (user + system) / 1000,
    );
    // The threads of the platform (garbage collection) count as the functions'.
    return { functions: Number(all) - Number(gateway), gateway: Number(gateway) };
  },
  async takeCalls(): Promise<Readonly<Record<string, number>>> {
    const taken = Object.fromEntries(calls);
    calls.clear();
    return taken;
  },
  async takeFailures(): Promise<Readonly<Record<string, number>>> {
    const taken = Object.fromEntries(failures);
    failures.clear();
    return taken;
  },
};

answerParent(commands, async () => stack?.stop());
