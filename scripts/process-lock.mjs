/**
 * Lets one process of this machine at a time do something. Plain JavaScript without dependencies: the installation runs
 * it under whichever Node.js is there.
 */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const RETRY_MS = 50;

/**
 * Runs `run` while this process holds the lock; waits for another process that holds it, but not for one that has ended.
 * @template T
 * @param {string} file made, with its folder, and removed again
 * @param {() => Promise<T> | T} run
 * @param {() => void} [onWait] called once, when another process holds the lock
 * @returns {Promise<T>}
 */
export async function withProcessLock(file, run, onWait) {
  await mkdir(dirname(file), { recursive: true });
  const own = `${process.pid} ${identityOf(process.pid)} ${randomUUID()}`;
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, own);
  try {
    let waited = false;
    // A link, unlike a file that is written, appears with its content.
    while (!(await succeeds(link(draft, file)))) {
      const holder = await readFile(file, 'utf8').catch(() => '');
      if (holder !== '' && !isRunning(holder)) {
        await breakLock(file, holder);
        continue;
      }
      if (!waited) onWait?.();
      waited = true;
      await sleep(RETRY_MS);
    }
    return await run();
  } finally {
    await rm(draft, { force: true });
    if ((await readFile(file, 'utf8').catch(() => '')) === own) await rm(file, { force: true });
  }
}

/**
 * Removes the lock of a process that has ended. Another process may do the same, and take the lock at once: what was
 * removed is looked at, and put back if it is another's.
 * @param {string} file
 * @param {string} holder
 */
async function breakLock(file, holder) {
  const aside = `${file}.${randomUUID()}`;
  if (!(await succeeds(rename(file, aside)))) return;
  if ((await readFile(aside, 'utf8')) !== holder) await succeeds(link(aside, file));
  await rm(aside, { force: true });
}

/** @param {string} holder */
function isRunning(holder) {
  const [pid, identity] = holder.split(' ');
  return identityOf(Number(pid)) === identity;
}

/**
 * Returns what tells a process from a later one with the same id: when it was started; '' if there is none. Where the
 * start cannot be found out, the id alone counts.
 * @param {number} pid
 * @returns {string} without spaces
 */
function identityOf(pid) {
  try {
    if (process.platform === 'linux') {
      // After the name, which may hold anything, in brackets: state, then 18 others, then the start in ticks since boot.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      if (fields[0] === 'Z' || fields[0] === 'X') return '';
      return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${fields[19]}`;
    }
    if (process.platform !== 'win32') {
      const startedAt = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
      return startedAt.trim().replaceAll(' ', '-');
    }
    process.kill(pid, 0);
    return 'running';
  } catch {
    return '';
  }
}

/** @param {Promise<unknown>} action */
const succeeds = (action) =>
  action.then(
    () => true,
    (error) => {
      if (error.code === 'EEXIST' || error.code === 'ENOENT') return false;
      throw error;
    },
  );
