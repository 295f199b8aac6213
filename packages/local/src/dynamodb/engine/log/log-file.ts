import { closeSync, fdatasync, fdatasyncSync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs';

/** When what was written is put on the disk itself: before each answer, or so many milliseconds later; a power cut loses no more. */
export type SyncPolicy = 'always' | { readonly afterMs: number };

export interface LogFileOptions {
  readonly sync: SyncPolicy;
  /** How much of the file counts; what stands behind is cut off. */
  readonly bytes: number;
  /** Called once: from now on nothing more is taken. */
  readonly onBroken: (error: Error) => void;
}

/** A file that only grows. What `append` has written survives the end of this process, however it ends. */
export class LogFile {
  readonly #fd: number;
  #sync: SyncPolicy;
  #bytes: number;
  #timer: NodeJS.Timeout | undefined;
  #syncing = false;
  readonly #onBroken: LogFileOptions['onBroken'];
  /** Why nothing more is taken: its end is unknown, the disk has not taken it, or it is closed. */
  #broken: Error | undefined;
  #closed = false;

  constructor(path: string, { sync, bytes, onBroken }: LogFileOptions) {
    this.#fd = openSync(path, 'a');
    this.#sync = sync;
    this.#bytes = bytes;
    this.#onBroken = onBroken;
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
      if (this.#sync === 'always') this.#syncNow();
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

  /** Waits until everything is on the disk. @throws {Error} it is not, or a part of it was not earlier */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#broken) throw this.#broken;
    fsyncSync(this.#fd);
  }

  /** @throws {Error} the disk has not taken everything; it is closed all the same */
  close(): void {
    if (this.#closed) return;
    try {
      this.flush();
    } finally {
      this.abandon();
    }
  }

  /** Closes a file that nothing depends on any more, without waiting for the disk. */
  abandon(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    closeSync(this.#fd);
    this.#broken = new Error('the log is closed');
  }

  #syncLater(afterMs: number): void {
    if (this.#timer || this.#syncing) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#syncing = true;
      const syncedBytes = this.#bytes;
      fdatasync(this.#fd, (error) => {
        this.#syncing = false;
        if (this.#closed) return;
        if (error) this.#break(error);
        else if (!this.#broken && this.#bytes > syncedBytes) this.#syncLater(afterMs);
      });
    }, afterMs).unref();
  }

  #syncNow(): void {
    try {
      fdatasyncSync(this.#fd);
    } catch (error) {
      this.#break(error as Error);
      throw error;
    }
  }

  #cutBack(): void {
    try {
      ftruncateSync(this.#fd, this.#bytes);
    } catch (error) {
      this.#break(error as Error);
    }
  }

  /** The kernel says once that the disk has failed: a later sync would succeed, without what was lost. */
  #break(error: Error): void {
    if (this.#broken) return;
    this.#broken = error;
    this.#onBroken(error);
  }
}
