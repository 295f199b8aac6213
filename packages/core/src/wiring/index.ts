export { openDeliverer } from './delivery.ts';
export { type HttpConfig, type HttpPorts, openHttpPorts } from './http.ts';
export { type LimitedPorts, openPorts, openPush, openSessions, type Ports, type PortsConfig } from './ports.ts';
export { openReplayMissed, REPLAY_SETTINGS, type ReplayConfig } from './replay.ts';
export { openWebSocketPorts, WEB_SOCKET_SETTINGS, type WebSocketConfig, type WebSocketPorts } from './web-socket.ts';
