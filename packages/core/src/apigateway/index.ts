export { createManagementClient, FAN_OUT_CONCURRENCY } from './client.ts';
export { createLazyPush } from './lazy-push.ts';
export { createPush, type PushOptions } from './push.ts';
