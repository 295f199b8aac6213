import type { Socket } from 'node:net';
import type { AwsService } from './services.ts';

/** Outages to rehearse: while a service is interrupted, whatever connection asks for it is reset. */
export class Interruptions {
  readonly #interrupted = new Set<AwsService>();
  readonly #active = new Map<AwsService, Set<Socket>>();

  interrupt(service: AwsService): void {
    this.#interrupted.add(service);
    for (const socket of this.#active.get(service) ?? []) socket.resetAndDestroy();
  }

  restore(service: AwsService): void {
    this.#interrupted.delete(service);
  }

  /**
   * To be asked at the start of each request.
   * @returns undefined: the connection was reset; else the function to call at the request's end
   */
  admit(service: AwsService, socket: Socket): (() => void) | undefined {
    if (this.#interrupted.has(service)) {
      socket.resetAndDestroy();
      return undefined;
    }
    const active = this.#active.get(service) ?? new Set();
    this.#active.set(service, active.add(socket));
    return () => active.delete(socket);
  }
}
