/** Defined beside the other messages that leave the service, as schemas: others outside read them. */
export type { LifecycleDetails, LifecycleEvent, LifecycleEventType } from '../protocol/index.ts';
