import { execFileSync } from 'node:child_process';
import { chownSync, copyFileSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { cloneCheckout, userEnvironment } from '../commands/clone.ts';
import { makeForeignMoto } from './foreign-moto.ts';

/** A fresh machine as far as this one can be one: its own Node.js, user, home, clone, and a foreign moto on the PATH. */
export interface Machine {
  readonly name: string;
  readonly checkout: string;
  readonly env: NodeJS.ProcessEnv;
  /** Runs TypeScript wherever the machine's user may: a copy of the project's own Node.js. */
  readonly runner: string;
  /** Put before a command: it then runs as the machine's user. */
  readonly asUser: readonly string[];
}

const isRoot = process.getuid?.() === 0;

/** Makes a machine with Node.js of a major version in a folder. */
export function makeMachine(root: string, folder: string, nodeMajor: number): Machine {
  const path = (name: string): string => join(folder, `node-${nodeMajor}`, name);
  const [home, checkout, runner] = [path('home'), path('home/sessions'), path('runner')];
  mkdirSync(home, { recursive: true });
  cloneCheckout(root, checkout);
  copyFileSync(process.execPath, runner);
  const bin = installNode(path('node'), nodeMajor);
  const python = ['/usr/bin/python3', '/usr/local/bin/python3'].find((file) => existsSync(file));
  if (python !== undefined) makeForeignMoto(path('foreign'), python);
  const user = isRoot ? idsOf('nobody') : undefined;
  if (user) {
    execFileSync('chown', ['-R', `${user.uid}:${user.gid}`, home]);
    chownSync(folder, user.uid, user.gid);
  }
  return {
    name: `Node.js ${nodeMajor}${user ? ', as nobody' : ''}${python === undefined ? '' : ', with a foreign moto'}`,
    checkout,
    runner,
    env: environment(home, [path('foreign/bin'), bin]),
    asUser: user ? ['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', '--'] : [],
  };
}

/** Returns the folder of a Node.js of this major version: the machine's, or that of the npm package `node`. */
function installNode(folder: string, major: number): string {
  const env = userEnvironment();
  const own = execFileSync('node', ['-p', 'process.execPath'], { env }).toString().trim();
  mkdirSync(join(folder, 'bin'), { recursive: true });
  if (execFileSync(own, ['--version']).toString().startsWith(`v${major}.`)) {
    symlinkSync(own, join(folder, 'bin/node'));
    return join(folder, 'bin');
  }
  const args = ['install', '--silent', '--no-audit', '--no-fund', '--prefix', folder, `node@${major}`];
  execFileSync('npm', args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  return join(folder, 'node_modules/node/bin');
}

/** The user's environment: nothing of ours but how the network is reached. */
function environment(home: string, first: readonly string[]): NodeJS.ProcessEnv {
  const ours = userEnvironment();
  const kept = Object.entries(ours).filter(([name]) =>
    /^(LANG|TERM|NODE_EXTRA_CA_CERTS|SSL_CERT_\w+|https?_proxy|no_proxy|TERRAFORM_\w+)$/i.test(name),
  );
  const npm = execFileSync('bash', ['-c', 'command -v npm'], { env: ours }).toString().trim();
  const config = (name: string): string =>
    execFileSync('npm', ['config', 'get', name], { env: ours }).toString().trim();
  return {
    ...Object.fromEntries(kept),
    HOME: home,
    npm_config_registry: config('registry'),
    PATH: [...first, dirname(npm), '/usr/local/bin', '/usr/bin', '/bin', '/usr/sbin', '/sbin'].join(delimiter),
  };
}

const idsOf = (user: string) => ({
  uid: Number(execFileSync('id', ['-u', user])),
  gid: Number(execFileSync('id', ['-g', user])),
});
