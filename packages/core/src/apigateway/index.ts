export { createLazyPush } from './lazy-push.ts';
export type { Credentials } from './management-api.ts';
export { createPush, FAN_OUT_CONCURRENCY, type PushOptions } from './push.ts';
