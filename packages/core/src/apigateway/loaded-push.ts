import type { Push } from '../sessions/ports.ts';
import { createManagementClient } from './client.ts';
import { createPush, type PushOptions } from './push.ts';

/** What `createLazyPush` loads: the client and everything under it. */
export const createPushTo = (endpoint: string, onFailure: PushOptions['onFailure']): Push =>
  createPush({ client: createManagementClient(endpoint), onFailure });
