import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { type Host, LOOPBACK, lanAddresses, resolveHost } from './addresses.ts';
import { HostError, PortInUseError, PortNotAllowedError, type PortOption } from './errors.ts';

export interface Listening {
  readonly server: Server;
  readonly port: number;
  readonly host: Host;
  /** Stops listening and cuts what is still open. */
  close(): Promise<void>;
}

export interface ListenOptions {
  /** A longer request line with its headers is answered with 431. Default: that of Node.js, 16 KB. */
  readonly maxHeadBytes?: number;
  /** What the port was chosen with, for the remedy in errors. Default `--port`. */
  readonly option?: PortOption;
}

/**
 * Listens, on 127.0.0.1 in any case: the stack's functions call it there. The port has to be known before what answers
 * there can be assembled: until the caller sets its own listener in place of this one, requests get 503.
 * @param port 0 for any free one
 * @param hostName where to listen, see {@link resolveHost}
 * @throws {PortInUseError | PortNotAllowedError | HostError}
 */
export async function listen(
  port: number,
  hostName: string = LOOPBACK,
  { maxHeadBytes, option = '--port' }: ListenOptions = {},
): Promise<Listening> {
  const host = await resolveHost(hostName);
  if (!host) throw new HostError(hostName, [LOOPBACK, ...lanAddresses()]);
  const server = createServer({ ...(maxHeadBytes !== undefined && { maxHeaderSize: maxHeadBytes }) }, (_, res) =>
    res.writeHead(503).end('The local stack is starting'),
  );
  // Functions keep their connections open between events; AWS closes none of them within seconds either.
  server.keepAliveTimeout = 0;
  const open: TcpServer[] = [];
  const close = async (): Promise<void> => {
    const closed = open.splice(0).map(stopListening);
    server.closeAllConnections();
    await Promise.all(closed);
  };
  try {
    await listenOn(server, port, host.address, option);
    open.push(server);
    const chosen = (server.address() as AddressInfo).port;
    if (!host.isAny && host.address !== LOOPBACK) {
      const inside = createTcpServer((socket) => server.emit('connection', socket));
      await listenOn(inside, chosen, LOOPBACK, option);
      open.push(inside);
    }
    return { server, port: chosen, host, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function listenOn(server: TcpServer, port: number, address: string, option: PortOption): Promise<void> {
  server.listen(port, address);
  try {
    await once(server, 'listening');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') throw new PortInUseError(port, address, option, { cause: error });
    if (code === 'EACCES') throw new PortNotAllowedError(port, option, { cause: error });
    if (code === 'EADDRNOTAVAIL') throw new HostError(address, [LOOPBACK, ...lanAddresses()], { cause: error });
    throw error;
  }
}

/** Stops listening and cuts what is still open. */
export async function closeServer(server: Server): Promise<void> {
  const closed = stopListening(server);
  server.closeAllConnections();
  await closed;
}

async function stopListening(server: TcpServer): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  await closed;
}
