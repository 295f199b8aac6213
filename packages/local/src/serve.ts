import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

export interface Handlers {
  readonly handleRequest: (req: IncomingMessage, res: ServerResponse) => void;
  /** Absent: a request for an upgrade is a request like any other. */
  readonly handleUpgrade?: (req: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** A bug: a handler threw. */
  readonly onError: (error: unknown) => void;
}

/**
 * Lets handlers answer for a server, in place of its earlier ones. The last line of defence of the process: any page open
 * on this machine can send requests, and none of them may end it. What a handler throws is reported and answered with
 * 500; what Node.js cannot parse gets its own 400, 408 or 431.
 */
export function serve(server: Server, { handleRequest, handleUpgrade, onError }: Handlers): void {
  server.removeAllListeners('request');
  server.on('request', (req, res) => {
    // A client that breaks off is an `error` of the request; who reads the body gets to know by its own listener.
    req.on('error', ignore);
    res.on('error', ignore);
    try {
      handleRequest(req, res);
    } catch (error) {
      onError(error);
      if (res.headersSent) res.destroy();
      else res.writeHead(500, { 'content-type': 'text/plain', connection: 'close' }).end('Internal Server Error');
    }
  });
  if (handleUpgrade === undefined) return;
  server.on('upgrade', (req, socket, head) => {
    // From here on only this listens to the socket, also when the handshake fails.
    socket.on('error', () => socket.destroy());
    try {
      handleUpgrade(req, socket, head);
    } catch (error) {
      onError(error);
      socket.end('HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    }
  });
}

const ignore = (): void => {};
