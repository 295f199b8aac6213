import type { Execution, ExecutionOutcome } from './execution.ts';
import { runtimeExited } from './execution.ts';
import type { Instance, InstanceOptions } from './instance.ts';

export interface FunctionPoolOptions {
  /** Threads at most; more events wait their turn. */
  readonly maxInstances: number;
  /** Events accepted and not ended, at most; the next one is throttled. */
  readonly concurrency: number;
  /** @throws when the instance cannot even be started (no package) */
  readonly startInstance: (callbacks: Pick<InstanceOptions, 'onIdle' | 'onInitFailed' | 'onGone'>) => Instance;
}

/**
 * The instances of one function, and the events that wait for one of them: first come, first served, but those whose
 * callers are gone come last.
 */
export class FunctionPool {
  private readonly options: FunctionPoolOptions;
  private readonly waiting: Execution[] = [];
  /** The last one used comes first, as in Lambda: the others may grow cold. */
  private readonly idle: Instance[] = [];
  private readonly instances = new Map<string, Instance>();
  private starting = 0;
  private unfinished = 0;
  private stopped = false;

  constructor(options: FunctionPoolOptions) {
    this.options = options;
  }

  /** Runs the event on an idle instance, on a new one, or waits for one. Always finishes it, now or later. */
  submit(execution: Execution): void {
    if (this.stopped) {
      execution.finish(notRun(execution, 'the local runtime has stopped'));
    } else if (execution.interest?.isWithdrawn) {
      execution.finish({ kind: 'withdrawn' });
    } else if (this.unfinished >= this.options.concurrency) {
      execution.finish({ kind: 'throttled' });
    } else {
      this.unfinished++;
      const waiting = { ...execution, finish: (outcome: ExecutionOutcome) => this.finish(execution, outcome) };
      this.waiting.push(waiting);
      execution.interest?.onWithdrawn(() => this.withdraw(waiting));
      this.dispatch();
    }
  }

  /** Ends one thread at once, whatever it does. @returns false: no such instance */
  kill(instanceId: string): boolean {
    const instance = this.instances.get(instanceId);
    void instance?.terminate();
    return instance !== undefined;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    for (const execution of this.waiting.splice(0)) {
      execution.interest?.onWithdrawn(undefined);
      execution.finish(notRun(execution, 'the local runtime has stopped'));
    }
    await Promise.all(
      [...this.instances.values()].map((instance) => instance.terminate('the local runtime has stopped')),
    );
  }

  private finish(execution: Execution, outcome: ExecutionOutcome): void {
    this.unfinished--;
    execution.finish(outcome);
  }

  private withdraw(execution: Execution): void {
    const at = this.waiting.indexOf(execution);
    if (at < 0) return;
    this.waiting.splice(at, 1);
    execution.finish({ kind: 'withdrawn' });
  }

  /** The one that waits longest, of those that are awaited if there are any. It can be withdrawn no more. */
  private next(): Execution | undefined {
    const awaited = this.waiting.findIndex(({ interest }) => interest?.isAwaited !== false);
    const [execution] = this.waiting.splice(Math.max(0, awaited), 1);
    execution?.interest?.onWithdrawn(undefined);
    return execution;
  }

  private dispatch(): void {
    while (this.waiting.length > 0) {
      const instance = this.idle.pop();
      if (instance === undefined) break;
      const execution = this.next();
      if (execution !== undefined) instance.run(execution);
    }
    while (!this.stopped && this.waiting.length > this.starting && this.instances.size < this.options.maxInstances) {
      if (!this.startInstance()) break;
    }
  }

  private startInstance(): boolean {
    let starting = true;
    try {
      const instance = this.options.startInstance({
        onIdle: (ready) => {
          if (starting) this.starting--;
          starting = false;
          this.idle.push(ready);
          this.dispatch();
        },
        // Nobody was promised this instance: its failure goes to the event that waits longest.
        onInitFailed: (outcomeFor) => {
          const execution = this.next();
          execution?.finish(outcomeFor(execution.requestId));
        },
        onGone: (gone) => {
          if (starting) this.starting--;
          this.instances.delete(gone.id);
          const at = this.idle.indexOf(gone);
          if (at >= 0) this.idle.splice(at, 1);
          this.dispatch();
        },
      });
      this.starting++;
      this.instances.set(instance.id, instance);
      return true;
    } catch (error) {
      const execution = this.next();
      const reason = error instanceof Error ? error.message : String(error);
      if (execution !== undefined) execution.finish(notRun(execution, reason, 'Runtime.ImportModuleError'));
      return this.waiting.length > 0;
    }
  }
}

function notRun({ requestId }: Execution, reason: string, errorType?: string): ExecutionOutcome {
  const error = errorType ? { errorType, errorMessage: reason, trace: [] } : runtimeExited(requestId, reason);
  return { kind: 'failed', error, run: { instanceId: '-', coldStart: false, initMs: 0, durationMs: 0 } };
}
