/** See `process-lock.mjs`. */
export function withProcessLock<T>(file: string, run: () => Promise<T> | T, onWait?: () => void): Promise<T>;
