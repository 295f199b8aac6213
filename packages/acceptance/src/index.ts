export { Client, type ConnectOptions, HandshakeRefusedError } from './client.ts';
export { DeliveryLog } from './delivery-log.ts';
export { addSecret, findLeaks, type Leak } from './log-scan.ts';
export type { StoredSession } from './stored-session.ts';
export { System, startSystem, type Variables } from './system.ts';
