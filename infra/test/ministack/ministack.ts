import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, createWriteStream, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { apiDomain, hostNames, rootCredentials } from './names.ts';
import { ministackPython } from './requirements.ts';

/**
 * AWS as ministack emulates it, for the processes of this network namespace: at AWS's host names, with IAM enforced.
 * The folder has the certificate; ministack's log goes to `ministack.log` in it.
 */
export class Ministack {
  readonly #child: ChildProcess;
  readonly #hosts: string;

  private constructor(child: ChildProcess, hosts: string) {
    this.#child = child;
    this.#hosts = hosts;
  }

  /** @throws {Error} with what it printed, if it ends instead */
  static async start(folder: string): Promise<Ministack> {
    execFileSync('ip', ['link', 'set', 'lo', 'up']);
    const hosts = join(folder, 'hosts');
    writeFileSync(hosts, ['127.0.0.1 localhost', ...hostNames.map((name) => `127.0.0.1 ${name}`), ''].join('\n'));
    execFileSync('mount', ['--bind', hosts, '/etc/hosts']);
    const temporary = join(folder, 'tmp');
    mkdirSync(temporary, { recursive: true });
    const child = spawn(ministackPython, ['-u', join(import.meta.dirname, 'serve.py'), folder], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        TMPDIR: temporary,
        AUTH: 'true', // signatures and policies are checked
        USE_SSL: 'true',
        GATEWAY_PORT: '443',
        MINISTACK_HOST: apiDomain,
        AWS_ENDPOINT_URL: '', // or its functions would be given another one than AWS's
        AWS_ACCESS_KEY_ID: rootCredentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: rootCredentials.secretAccessKey,
        NODE_EXTRA_CA_CERTS: join(folder, 'authority.pem'),
        SFTP_ENABLED: '0',
        IOT_MTLS_ENABLED: '0',
      },
    });
    await ready(child, join(folder, 'ministack.log'));
    return new Ministack(child, hosts);
  }

  /** Maps another host name to it: that of an API has an id which is known only when it is deployed. */
  serveAlso(hostName: string): void {
    appendFileSync(this.#hosts, `127.0.0.1 ${hostName}\n`);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill();
    await once(this.#child, 'exit');
  }
}

function ready({ stdout, stderr }: ChildProcess, logFile: string): Promise<void> {
  const log = createWriteStream(logFile);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  for (const stream of [stdout, stderr]) {
    if (!stream) continue;
    const lines = createInterface(stream);
    lines.on('line', (line) => {
      log.write(`${line}\n`);
      if (line.includes('Running on https://')) resolve();
    });
    lines.once('close', () => reject(new Error(`ministack did not start:\n${readFileSync(logFile, 'utf8')}`)));
  }
  return promise;
}

/** The environment of what uses ministack as AWS: Terraform, the smoke test, clients. No setting of the user's gets in. */
export function environmentOf(folder: string): NodeJS.ProcessEnv {
  const authority = join(folder, 'authority.pem');
  const entries = Object.entries(process.env).filter(([name]) => !/^(AWS|TF_VAR|STATE)_/.test(name));
  return {
    ...Object.fromEntries(entries),
    AWS_ACCESS_KEY_ID: rootCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: rootCredentials.secretAccessKey,
    AWS_REGION: 'us-east-1',
    AWS_CA_BUNDLE: authority,
    SSL_CERT_FILE: authority,
    NODE_EXTRA_CA_CERTS: authority,
    TF_CLI_CONFIG_FILE: join(folder, 'terraform.tfrc'),
    CHECKPOINT_DISABLE: '1',
  };
}
