/** Which names of the sequence stand for which IDs of the service. */
export class Names {
  readonly #names = new Map<string, string>();
  readonly #ids = new Map<string, string>();

  set(name: string, id: string): void {
    this.#names.set(id, name);
    this.#ids.set(name, id);
  }

  /** The name, or the ID itself where it has none. */
  of(id: string): string {
    return this.#names.get(id) ?? id;
  }

  has(id: string): boolean {
    return this.#names.has(id);
  }

  idOf(name: string): string {
    return this.#ids.get(name) ?? name;
  }

  knows(name: string): boolean {
    return this.#ids.has(name);
  }

  /** A message with names in place of IDs. */
  translate(message: object): Record<string, unknown> {
    return Object.fromEntries(
      Object.entries(message).map(([key, value]) => [key, typeof value === 'string' ? this.of(value) : value]),
    );
  }
}
