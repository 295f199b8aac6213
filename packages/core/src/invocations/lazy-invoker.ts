import { isTransient } from '../aws/transient.ts';
import { ServiceError } from '../protocol/index.ts';
import type { Invoker } from './invoker.ts';

/**
 * An `Invoker` whose SDK client is loaded with the first call.
 * @throws {ServiceError} SERVICE_UNAVAILABLE: Lambda does not take the event now, or the function failed
 */
export function createLazyInvoker(functionName: string): Invoker {
  let loading: Promise<Invoker> | undefined;
  const load = () => {
    loading ??= import('./invoker.ts').then(({ createInvoker }) => createInvoker(functionName));
    return loading;
  };
  return {
    enqueue: (event) => orUnavailable(async () => (await load()).enqueue(event)),
    call: (event) => orUnavailable(async () => (await load()).call(event)),
  };
}

async function orUnavailable<T>(invoke: () => Promise<T>): Promise<T> {
  try {
    return await invoke();
  } catch (cause) {
    if (cause instanceof ServiceError || !isTransient(cause)) throw cause;
    throw new ServiceError('SERVICE_UNAVAILABLE', 'Lambda does not take the work now', { cause });
  }
}
