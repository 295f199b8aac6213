export { createDeliverer } from './deliverer.ts';
export type { Invoker } from './invoker.ts';
export { createLazyInvoker } from './lazy-invoker.ts';
