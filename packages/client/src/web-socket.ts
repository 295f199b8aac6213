/**
 * What the SDK needs of a `WebSocket`: the platform's has it in browsers and from Node.js 22 on, and so has the class
 * of the package `ws`.
 */
export interface WebSocketLike {
  binaryType: string;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  send(data: string): void;
  close(code?: number, reason?: string): void;
}

export type WebSocketClass = new (url: string, protocols: string[]) => WebSocketLike;

/**
 * The class to use.
 * @throws {TypeError} none was handed in, and the platform has none
 */
export function webSocketClass(given: WebSocketClass | undefined): WebSocketClass {
  const found = given ?? (globalThis as { WebSocket?: WebSocketClass }).WebSocket;
  if (found) return found;
  throw new TypeError('This platform has no WebSocket: hand in one with the option WebSocket, such as that of ws');
}
