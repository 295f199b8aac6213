import type { LambdaRuntimeOptions } from '../lambda/runtime.ts';
import type { Iam } from './enforcement.ts';

/**
 * Opens the logs of instances as Lambda does, with the rights of the function's role.
 * @param warn called once for each function whose lines are lost
 */
export function logOpener(
  iam: Pick<Iam, 'openLog'>,
  warn: (message: string) => void,
): NonNullable<LambdaRuntimeOptions['openLog']> {
  const warned = new Set<string>();
  return (fn, instance) => {
    const reason = iam.openLog(fn, instance);
    if (reason === undefined) return undefined;
    return () => {
      if (warned.has(fn.name)) return;
      warned.add(fn.name);
      warn(`What ${fn.name} logs is lost: ${reason}`);
    };
  };
}
