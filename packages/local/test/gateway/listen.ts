import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Gateway } from '../../src/gateway/gateway.ts';

/** A gateway on a server of its own. */
export interface ListeningGateway {
  /** e.g. `127.0.0.1:43211` */
  readonly host: string;
  /** Stops the gateway too. */
  stop(): Promise<void>;
}

/** Serves one gateway alone, on 127.0.0.1: for tests, and for whoever needs nothing else. */
export async function listen(gateway: Gateway, port = 0): Promise<ListeningGateway> {
  const server = createServer((req, res) => {
    if (gateway.handleRequest(req, res)) return;
    req.resume();
    res.writeHead(403, { 'x-amzn-ErrorType': 'ForbiddenException' }).end();
  });
  server.on('upgrade', (req, socket, head) => gateway.handleUpgrade(req, socket, head));
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      await gateway.stop();
      if (!server.listening) return;
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
