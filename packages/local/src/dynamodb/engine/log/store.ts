import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DataFolderError } from '../../../errors.ts';
import { encodeLine } from './lines.ts';
import { LogFile, type SyncPolicy } from './log-file.ts';
import { DamagedLogError, replay } from './replay.ts';

const LOG = 'tables.log';
const NEXT = 'tables.log.next';
/** What the engine before this one left in its folder. */
const LEVELDB_MARK = 'CURRENT';

/** Small logs are never rewritten. */
const MIN_COMPACTION_BYTES = 8 * 1024 * 1024;
/** A log is rewritten when it has grown to so many times what it was after the last time. */
const GROWTH = 4;
/** Lines of a new log that are written between two turns of the event loop. */
const LINES_A_TURN = 100;

export interface StoreOptions {
  /** Absolute; made if it is not there, in a folder that is. One process at a time, see `claimDataFolder`. */
  readonly folder: string;
  readonly sync: SyncPolicy;
  /** Says in one line what was found and mended. */
  readonly onNotice: (line: string) => void;
  /** Of tests: when a log is rewritten. */
  readonly minCompactionBytes?: number;
}

/** A database's log on disk: everything that happened, in order, rewritten when most of it is over. */
export class LogStore {
  readonly #options: StoreOptions;
  readonly #path: string;
  readonly #nextPath: string;
  #log: LogFile;
  /** A log in the making; it gets every line that the old one gets. */
  #next: LogFile | undefined;
  #compactAtBytes: number;
  #stopped = false;
  /** Why nothing more is written. */
  #failure: string | undefined;

  /**
   * Opens a log, and reads what is in it.
   * @throws {DataFolderError}
   */
  constructor(options: StoreOptions, onValue: (value: unknown) => void) {
    this.#options = options;
    const { folder, sync, onNotice } = options;
    makeFolder(folder);
    if (existsSync(join(folder, LEVELDB_MARK))) {
      throw new DataFolderError(
        `${folder} was written by an earlier version, in another format: delete it, or use another folder`,
      );
    }
    this.#path = join(folder, LOG);
    this.#nextPath = join(folder, NEXT);
    try {
      rmSync(this.#nextPath, { force: true });
      const isNew = !existsSync(this.#path);
      const { bytes, tornBytes } = replay(this.#path, onValue);
      if (tornBytes > 0) {
        onNotice(`${this.#path}: cut off ${tornBytes} bytes of a write that was not finished, and so not acknowledged`);
      }
      this.#log = this.#open(this.#path, sync, bytes);
      if (isNew) syncFolder(folder);
      this.#compactAtBytes = Math.max(this.#minBytes, bytes * 2);
    } catch (cause) {
      throw unusable(this.#path, cause);
    }
  }

  /** Writes a line before anything that depends on it is answered. @throws {Error} the file system refused */
  append(value: unknown): void {
    if (this.#failure !== undefined) throw new Error(this.#failure);
    this.#log.append(encodeLine(value));
  }

  /** Returns whether the log is being written anew; what changes meanwhile has to be told by `appendToNext`. */
  get isCompacting(): boolean {
    return this.#next !== undefined;
  }

  /** Tells a log in the making what became of something, once it is in the log in use. */
  appendToNext(value: unknown): void {
    try {
      this.#next?.append(encodeLine(value));
    } catch {
      // The log in use goes on; where there is no room for a second one, trying again at once would not help.
      this.#dropNext();
      this.#compactAtBytes *= 2;
    }
  }

  /** Returns whether most of the log is probably over. */
  get wantsCompaction(): boolean {
    return this.#next === undefined && !this.#stopped && this.#log.bytes > this.#compactAtBytes;
  }

  /**
   * Writes the log anew, from what there is, while the database goes on. Each line says what something is, not how it
   * changed: so it does no harm that a later change of an item stands before the item.
   * @param atOnce is written in one go; its order counts
   * @param inTurns is written a few lines at a time
   */
  async compact(atOnce: Iterable<unknown>, inTurns: Iterable<unknown>): Promise<void> {
    const { sync } = this.#options;
    let lines = 0;
    try {
      rmSync(this.#nextPath, { force: true });
      const next = this.#open(this.#nextPath, { afterMs: 1000 }, 0);
      this.#next = next;
      for (const value of atOnce) next.append(encodeLine(value));
      for (const value of inTurns) {
        if (this.#next !== next) return;
        next.append(encodeLine(value));
        if (++lines % LINES_A_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      if (this.#next !== next || this.#stopped) return this.#dropNext();
      next.flush();
      renameSync(this.#nextPath, this.#path);
      // From here on the old file has no name: whatever fails now, nothing may be written to it any more.
      const old = this.#log;
      this.#log = next;
      this.#next = undefined;
      this.#compactAtBytes = Math.max(this.#minBytes, this.#log.bytes * GROWTH);
      next.syncBy(sync);
      old.abandon();
      this.#syncName();
    } catch {
      this.#dropNext();
      this.#compactAtBytes *= 2;
    }
  }

  /** May be called twice. */
  close(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#dropNext();
    try {
      this.#log.close();
    } catch (error) {
      // Said already, unless it is the last sync that failed.
      if (!this.#failure) this.#options.onNotice(`${this.#path}: ${notTaken(error as Error)}`);
    }
  }

  /** Puts the new log's name on the disk: until then a power cut brings back the old one. */
  #syncName(): void {
    try {
      syncFolder(this.#options.folder);
    } catch (error) {
      this.#broke(this.#log, error as Error);
    }
  }

  #open(path: string, sync: SyncPolicy, bytes: number): LogFile {
    const file: LogFile = new LogFile(path, { sync, bytes, onBroken: (error) => this.#broke(file, error) });
    return file;
  }

  /** Refuses every write from now on: what the disk has lost must not get a successor. */
  #broke(file: LogFile, error: Error): void {
    this.#dropNext();
    if (file !== this.#log) return;
    this.#failure = `${notTaken(error)}: writes are refused until a restart, reads go on`;
    this.#options.onNotice(`${this.#path}: ${this.#failure}`);
  }

  get #minBytes(): number {
    return this.#options.minCompactionBytes ?? MIN_COMPACTION_BYTES;
  }

  #dropNext(): void {
    const next = this.#next;
    this.#next = undefined;
    if (!next) return;
    next.abandon();
    rmSync(this.#nextPath, { force: true });
  }
}

const notTaken = ({ message }: Error): string =>
  `the disk has not taken all that was written (${message}), so a power cut can lose some of it`;

/** A new name is on the disk only when its folder is. */
function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw unusable(folder, cause);
  }
}

function unusable(path: string, cause: unknown): DataFolderError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new DataFolderError(
    cause instanceof DamagedLogError
      ? `${path} is damaged at byte ${cause.atByte}, and what follows is not: restore it, or delete it to start with empty tables`
      : `The tables in ${path} cannot be opened: ${reason}. Choose a folder that this user can write`,
    { cause },
  );
}
