import { closeSync, fdatasync, fdatasyncSync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs';

/** When what was written is put on the disk itself: before each answer, or so many milliseconds later; a power cut loses no more. */
export type SyncPolicy = 'always' | { readonly afterMs: number };

/** A file that only grows. What `append` has written survives the end of this process, however it ends. */
export class LogFile {
  readonly #fd: number;
  #sync: SyncPolicy;
  #bytes: number;
  #timer: NodeJS.Timeout | undefined;
  #syncing = false;
  /** A file whose end is unknown takes nothing more. */
  #broken: Error | undefined;

  /** @param bytes how much of the file counts; what stands behind is cut off */
  constructor(path: string, { sync, bytes }: { sync: SyncPolicy; bytes: number }) {
    this.#fd = openSync(path, 'a');
    this.#sync = sync;
    this.#bytes = bytes;
    ftruncateSync(this.#fd, bytes);
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Writes a line, whole or not at all. @throws {Error} the file system refused */
  append(line: Buffer): void {
    if (this.#broken) throw this.#broken;
    try {
      let written = 0;
      while (written < line.length) written += writeSync(this.#fd, line, written);
      if (this.#sync === 'always') fdatasyncSync(this.#fd);
    } catch (error) {
      this.#cutBack();
      throw error;
    }
    this.#bytes += line.length;
    if (this.#sync !== 'always') this.#syncLater(this.#sync.afterMs);
  }

  /** Changes when it is put on the disk. */
  syncBy(sync: SyncPolicy): void {
    this.#sync = sync;
  }

  /** Waits until everything is on the disk. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    fsyncSync(this.#fd);
  }

  close(): void {
    this.flush();
    closeSync(this.#fd);
    this.#broken = new Error('the log is closed');
  }

  #syncLater(afterMs: number): void {
    if (this.#timer || this.#syncing) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#syncing = true;
      const syncedBytes = this.#bytes;
      fdatasync(this.#fd, () => {
        this.#syncing = false;
        if (!this.#broken && this.#bytes > syncedBytes) this.#syncLater(afterMs);
      });
    }, afterMs).unref();
  }

  #cutBack(): void {
    try {
      ftruncateSync(this.#fd, this.#bytes);
    } catch (error) {
      this.#broken = error as Error;
    }
  }
}
