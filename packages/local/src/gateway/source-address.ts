import type { IncomingMessage } from 'node:http';

/** Where a client comes from: its address on the socket, IPv4 in its own form. */
export function sourceAddress({ socket }: IncomingMessage): string {
  return (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
}
