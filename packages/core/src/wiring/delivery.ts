import { createDeliverer, createLazyInvoker } from '../invocations/index.ts';
import type { Deliverer } from '../sessions/index.ts';

/** The way to the `deliverer` function. */
export const openDeliverer = (functionName: string): Deliverer => createDeliverer(createLazyInvoker(functionName));
