/**
 * `npm run bootstrap`: installs the dependencies, unless the last installation was of the same. Runs under the Node.js of
 * the machine, before anything is installed: plain JavaScript, Node.js's own modules.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { withProcessLock } from './process-lock.mjs';

const PNPM = 'pnpm@12.21.0';
const OLDEST_NODE = 20;

/**
 * npm's own defaults wait 70 s in all before they give up on a registry. Bounded: three attempts within 4 s.
 * npm reads `npm_config_…`, pnpm `pnpm_config_…`; what the user has set stays.
 */
const RETRIES = { fetch_retries: '2', fetch_retry_mintimeout: '1000', fetch_retry_maxtimeout: '3000' };

/** So many packages that could not be fetched, but for one last attempt, are a network that is not there. */
const MAX_LAST_ATTEMPTS = 10;

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/, '');
const modules = join(root, 'node_modules');
/** Goes away together with what was installed. */
const recordFile = join(modules, '.bootstrap');

/** The installation failed; the message is complete. */
export class InstallationError extends Error {}

/**
 * Installs what the lockfile names.
 * @param {{signal?: AbortSignal}} [options] `signal` ends the installation, with all its processes
 * @throws {InstallationError} one line with the remedy
 */
export async function bootstrap({ signal } = {}) {
  if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
    throw new InstallationError(`Node.js ${OLDEST_NODE} or later is needed, and this is ${process.version}.`);
  }
  if (isInstalled()) return;
  say(`Installing dependencies with ${PNPM} (${existsSync(recordFile) ? 'they have changed' : 'the first time'}) …`);
  const lock = join(root, '.cache/bootstrap.lock');
  await withProcessLock(
    lock,
    async () => {
      if (isInstalled()) return;
      const fingerprint = fingerprintOfManifests();
      await install(signal);
      writeFileSync(recordFile, fingerprint);
    },
    () => say('Waiting for another process that installs them …'),
  );
}

function isInstalled() {
  if (!existsSync(recordFile) || readFileSync(recordFile, 'utf8') !== fingerprintOfManifests()) return false;
  // A folder that was deleted by hand: of the root's tools, or of one workspace.
  return (
    existsSync(projectNode) &&
    workspaces().every(({ folder, manifest }) => {
      const { dependencies, devDependencies } = JSON.parse(manifest);
      return !(dependencies || devDependencies) || existsSync(join(folder, 'node_modules'));
    })
  );
}

/** The project's own Node.js, once installed: newer than the one that the machine may have. */
export const projectNode = join(modules, 'node/bin', process.platform === 'win32' ? 'node.exe' : 'node');

/** Of everything that decides what is installed. */
function fingerprintOfManifests() {
  const hash = createHash('sha256').update(`${PNPM} ${process.platform} ${process.arch}`);
  for (const name of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json'])
    hash.update(readFileSync(join(root, name)));
  for (const { folder, manifest } of workspaces()) hash.update(`${folder.slice(root.length)}\n${manifest}`);
  return hash.digest('hex');
}

/** Those that `pnpm-workspace.yaml` names. */
function workspaces() {
  const packages = ['packages', 'packages/functions'].flatMap((parent) =>
    readdirSync(join(root, parent)).map((name) => join(root, parent, name)),
  );
  return [join(root, 'infra'), ...packages].flatMap((folder) => {
    const file = join(folder, 'package.json');
    return existsSync(file) ? [{ folder, manifest: readFileSync(file, 'utf8') }] : [];
  });
}

/** @param {AbortSignal} [signal] */
async function install(signal) {
  const args = ['-y', '--prefer-offline', PNPM, 'install', '--frozen-lockfile', '--reporter=append-only'];
  const env = { ...process.env };
  for (const [name, value] of Object.entries(RETRIES)) {
    for (const tool of ['npm', 'pnpm']) env[`${tool}_config_${name}`] ??= value;
  }
  const isWindows = process.platform === 'win32';
  // A group of its own: the signal then reaches npx, pnpm and what they start. Standard output stays the caller's.
  const child = spawn('npx', args, {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: !isWindows,
    shell: isWindows,
  });
  const abort = () => {
    try {
      if (child.pid) process.kill(isWindows ? child.pid : -child.pid, 'SIGTERM');
    } catch {
      // ended by itself
    }
  };
  signal?.addEventListener('abort', abort, { once: true });
  let output = '';
  let lastAttempts = 0;
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      process.stderr.write(chunk);
      output = (output + chunk).slice(-64 * 1024);
      // pnpm goes through all of its 600 packages before it gives up on a network that is not there: 80 s.
      lastAttempts += String(chunk).split('0 retries left').length - 1;
      if (lastAttempts >= MAX_LAST_ATTEMPTS) abort();
    });
  }
  const code = await new Promise((done) => {
    child.once('error', (error) => {
      output += error.message;
      done(error.code);
    });
    child.once('close', done);
  });
  signal?.removeEventListener('abort', abort);
  if (signal?.aborted) throw new InstallationError('The installation was interrupted: run the command again.');
  if (code !== 0) throw new InstallationError(`The dependencies could not be installed: ${remedyFor(code, output)}`);
}

const UNREACHABLE =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT|ERR_SOCKET_TIMEOUT|ENOTCACHED|ERR_PNPM_META_FETCH_FAIL|ERR_PNPM_FETCH_\w+|ERR_PNPM_TARBALL_FETCH\w*|dns error|error sending request)\b/i;

/**
 * @param {unknown} code
 * @param {string} output
 */
function remedyFor(code, output) {
  if (code === 'ENOENT') return 'npx is not on the PATH. It comes with npm: install npm, then run the command again.';
  const [unreachable] = UNREACHABLE.exec(output) ?? [];
  if (unreachable) {
    return `the package registry cannot be reached (${unreachable}). Connect this machine to the network, or set a registry that it reaches (npm config set registry <url>), then run the command again.`;
  }
  if (/\b(EACCES|EPERM|EROFS|ENOSPC)\b/.test(output)) {
    return `a file cannot be written (see above). Free space in, or get write access to, ${modules} and the npm cache, then run the command again.`;
  }
  return 'see what npm printed above, then run the command again.';
}

/** @param {string} line */
function say(line) {
  process.stderr.write(`${line}\n`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  bootstrap().catch((error) => {
    console.error(error instanceof InstallationError ? error.message : error);
    process.exitCode = 1;
  });
}
