import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PortInUseError } from './errors.ts';

/**
 * Listens on 127.0.0.1. The port has to be known before what answers there can be assembled: until the caller sets its
 * own listener in place of this one, requests get 503.
 * @param port 0 for any free one
 * @throws {PortInUseError}
 */
export async function listen(port: number): Promise<{ server: Server; port: number }> {
  const server = createServer((_, res) => res.writeHead(503).end('The local stack is starting'));
  // Functions keep their connections open between events; AWS closes none of them within seconds either.
  server.keepAliveTimeout = 0;
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      throw new PortInUseError(port, { cause: error });
    }
    throw error;
  }
  return { server, port: (server.address() as AddressInfo).port };
}

/** Stops listening and cuts what is still open. */
export async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
