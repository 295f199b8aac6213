export { type Databases, openDatabases } from './databases.ts';
export { openPorts, openPush, type Ports, type PortsConfig } from './ports.ts';
