import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** One client's way through the proxy. */
export class Passage {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #address: string;
  #isHole = false;

  constructor(client: Socket, server: Socket) {
    this.#client = client;
    this.#server = server;
    this.#address = client.remoteAddress ?? '';
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.setNoDelay(true);
      from.on('data', (chunk) => {
        if (!this.#isHole) to.write(chunk);
      });
      from.on('error', () => {}); // a cut shows as `close`
      // In a hole neither side hears of the other's end.
      from.on('close', () => {
        if (!this.#isHole) to.destroy();
      });
    }
  }

  /** Which client it is, if each comes from an address of its own. */
  get address(): string {
    return this.#address;
  }

  get isHole(): boolean {
    return this.#isHole;
  }

  get isOpen(): boolean {
    return !this.#client.destroyed;
  }

  /** Both sides see the connection reset. */
  cut(): void {
    this.#client.resetAndDestroy();
    this.#server.resetAndDestroy();
  }

  /** Nothing arrives any more on either side, and neither is told. */
  blackhole(): void {
    this.#isHole = true;
  }

  /** Everything waits, in both directions, until the returned function is called. */
  stall(): () => void {
    this.#client.pause();
    this.#server.pause();
    return () => {
      this.#client.resume();
      this.#server.resume();
    };
  }

  close(): void {
    this.#client.destroy();
    this.#server.destroy();
  }
}

/** What becomes of a new connection: it passes, is reset at once, or is accepted and never answered. */
export type Admission = 'pass' | 'refuse' | 'silence';

/** A network between clients and a server that can be made to fail. */
export class FaultyNetwork {
  readonly #server: Server;
  readonly #targetPort: number;
  readonly #passages = new Set<Passage>();
  readonly #silent = new Set<Socket>();
  /** Of connections from now on. */
  admission: Admission = 'pass';
  /** Connections that were asked for. */
  attempts = 0;

  private constructor(targetPort: number) {
    this.#targetPort = targetPort;
    this.#server = createServer((client) => this.#accept(client));
  }

  /** @param url of the server */
  static async start(url: string): Promise<FaultyNetwork> {
    const network = new FaultyNetwork(Number(new URL(url).port));
    network.#server.listen(0, '127.0.0.1');
    await once(network.#server, 'listening');
    return network;
  }

  /** The server's URL, through this network. */
  urlFor(url: string): string {
    const address = this.#server.address();
    const through = new URL(url);
    through.port = typeof address === 'object' && address ? String(address.port) : '';
    return through.toString();
  }

  /** Those that are open, in the order they came. */
  get passages(): Passage[] {
    return [...this.#passages].filter(({ isOpen }) => isOpen);
  }

  async stop(): Promise<void> {
    for (const passage of this.#passages) passage.close();
    for (const socket of this.#silent) socket.destroy();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, 'close');
  }

  /** The server sees the address that the client came from. */
  #onwards(client: Socket): Socket {
    const localAddress = client.remoteAddress ?? '127.0.0.1';
    return connect({ port: this.#targetPort, host: '127.0.0.1', localAddress });
  }

  #accept(client: Socket): void {
    this.attempts++;
    client.on('error', () => {});
    if (this.admission === 'refuse') {
      client.resetAndDestroy();
      return;
    }
    if (this.admission === 'silence') {
      this.#silent.add(client);
      return;
    }
    const passage = new Passage(client, this.#onwards(client));
    this.#passages.add(passage);
    client.on('close', () => {
      if (!passage.isOpen) this.#passages.delete(passage);
    });
  }
}
