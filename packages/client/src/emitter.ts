/** Event names and what their listeners get. */
export type EventMap = Record<string, unknown>;

/** A listener's exception is its own: it is reported as uncaught, and disturbs neither other listeners nor the connection. */
const reportUncaught = (error: unknown): void => {
  queueMicrotask(() => {
    throw error;
  });
};

/** Typed events. */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<(event: never) => void>>();

  /** @returns takes the listener away again; may be called twice */
  on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    // A function of its own for each registration: the same listener may be registered twice.
    const own = (event: Events[Name]) => listener(event);
    listeners.add(own);
    return () => listeners.delete(own);
  }

  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) {
      try {
        (listener as (event: Events[Name]) => void)(event);
      } catch (error) {
        reportUncaught(error);
      }
    }
  }

  has(name: keyof Events): boolean {
    return (this.#listeners.get(name)?.size ?? 0) > 0;
  }
}
