import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SUBPROTOCOL } from '@sessions/core/protocol';
import WebSocket, { WebSocketServer } from 'ws';

type Message = Readonly<Record<string, unknown>>;

/** @returns what the client gets in place of the message: nothing, itself, or anything else */
export type Lie = (message: Message) => readonly (Message | string)[];

export interface Liar {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Stands between a client and the service, and tells the client something else.
 * @param asked what to offer the service in place of the client's subprotocols: whoever comes, it is the same one
 */
export async function startLiar(serviceUrl: string, lie: Lie, asked?: readonly string[]): Promise<Liar> {
  const server = createServer();
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => SUBPROTOCOL });
  server.on('upgrade', (request, socket, head) => {
    const protocols = String(request.headers['sec-websocket-protocol']).split(/,\s*/);
    const service = new WebSocket(serviceUrl, asked ? [...asked] : protocols);
    service.on('error', () => socket.destroy());
    service.once('unexpected-response', (refused, response) => {
      refused.destroy();
      socket.end(`HTTP/1.1 ${response.statusCode} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    });
    service.once('open', () => sockets.handleUpgrade(request, socket, head, (client) => join(client, service, lie)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/dev`,
    stop: async () => {
      for (const client of sockets.clients) client.terminate();
      server.close();
      await once(server, 'close');
    },
  };
}

function join(client: WebSocket, service: WebSocket, lie: Lie): void {
  client.on('message', (data) => service.send(String(data)));
  service.on('message', (data) => {
    for (const told of lie(JSON.parse(String(data))))
      client.send(typeof told === 'string' ? told : JSON.stringify(told));
  });
  client.once('close', () => service.close(1000));
  service.once('close', () => client.close(1000));
}
