import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import WebSocket from 'ws';
import { PortNotAllowedError } from '../../src/errors.ts';
import { listen } from '../../src/http-server.ts';
import { writeHttpStack } from '../gateway/http/set-up.ts';
import { removeTemporaryFolders, temporaryFolder } from '../stack/set-up.ts';
import { writeShop } from './set-up.ts';

const cli = join(import.meta.dirname, '../../src/cli.ts');

const children: ChildProcess[] = [];

function run(...args: string[]): ChildProcess {
  const child = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  return child;
}

/** Runs to the end. */
async function finish(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = run(...args);
  const output = { stdout: '', stderr: '' };
  child.stdout?.on('data', (data) => {
    output.stdout += data;
  });
  child.stderr?.on('data', (data) => {
    output.stderr += data;
  });
  const [code] = await once(child, 'close');
  return { code, ...output };
}

/** The first line of standard output for which `pick` finds something. */
async function firstLine<T>(child: ChildProcess, pick: (line: string) => T | undefined): Promise<T> {
  if (!child.stdout) throw new Error('no output');
  for await (const line of createInterface({ input: child.stdout })) {
    const picked = pick(line);
    if (picked !== undefined) return picked;
  }
  throw new Error('the process ended first');
}

describe('The command line', () => {
  // One that a failed test leaves behind would run, and keep this process waiting, for ever.
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });
  after(removeTemporaryFolders);

  it('prints the address of the HTTP API, which answers there', async () => {
    const child = run('--stack', writeHttpStack({}), '--port', '0');
    const url = await firstLine(child, (line) => /HTTP API +(http:\S+)/.exec(line)?.[1]);

    const response = await fetch(`${url}/orders`);

    expect(((await response.json()) as { rawPath: string }).rawPath).to.equal('/orders');
    child.kill('SIGINT');
    expect(await once(child, 'exit')).to.deep.equal([0, null]);
  });

  it('runs a stack until Ctrl-C, with a client connected', async () => {
    const child = run('--stack', writeShop(), '--port', '0');
    const url = await firstLine(child, (line) => /WebSocket +(ws:\S+)/.exec(line)?.[1]);
    const socket = new WebSocket(url);
    await once(socket, 'open');
    const closed = once(socket, 'close');

    child.kill('SIGINT');

    expect(await once(child, 'exit')).to.deep.equal([0, null]);
    await closed;
  });

  it('stops on SIGHUP, when its terminal is closed', async () => {
    const child = run('--stack', writeShop(), '--port', '0');
    await firstLine(child, (line) => /WebSocket/.exec(line)?.[0]);

    child.kill('SIGHUP');

    expect(await once(child, 'exit')).to.deep.equal([0, null]);
  });

  it('warns of every other machine when it listens for them', async () => {
    const child = run('--stack', writeShop(), '--port', '0', '--host', '0.0.0.0');

    const lines: string[] = [];
    await firstLine(child, (line) => {
      lines.push(line);
      return /^export AWS_SESSION_TOKEN=/.exec(line)?.[0];
    });
    const [warning, tokens] = [/ WARN +local: (.*)/, /Tokens +(.*)/].map(
      (pattern) => pattern.exec(lines.join('\n'))?.[1],
    );

    expect(warning).to.match(/^Every machine in this network can reach \S+:\d+, unencrypted/);
    expect(tokens).to.match(/^curl -s -H 'Authorization: Bearer [\w-]{32}' http:/);
  });

  it('logs JSON, one object a line, and stops on SIGTERM', async () => {
    const child = run(
      '--stack',
      writeShop(),
      '--port',
      '0',
      '--json-logs',
      '--data',
      temporaryFolder(),
      '--sync',
      'always',
    );

    const ready = await firstLine(child, (line) => JSON.parse(line));
    child.kill('SIGTERM');

    expect(ready).to.include({ level: 'INFO', source: 'local', message: 'ready', stack: 'shop-dev' });
    expect(ready.webSocketUrl).to.match(/^ws:\/\/127\.0\.0\.1:\d+\/dev$/);
    expect(await once(child, 'exit')).to.deep.equal([0, null]);
  });

  it('explains itself', async () => {
    const { code, stdout } = await finish('--help');

    expect(code).to.equal(0);
    for (const option of ['--stack', '--port', '--data', '--var', '--var-file', '--json-logs', '--help']) {
      expect(stdout).to.contain(option);
    }
  });

  for (const option of ['--host', '--data', '--faults']) {
    it(`refuses an empty ${option}, as of a shell variable that is not set`, async () => {
      const { code, stderr } = await finish('--stack', writeShop(), '--port', '0', option, '');

      expect(code).to.equal(1);
      expect(stderr).to.equal(`${option} must not be empty: give it a value, or leave it out\n`);
    });
  }

  const portFile = '/proc/sys/net/ipv4/ip_unprivileged_port_start';
  const isEveryPortAllowed = !existsSync(portFile) || Number(readFileSync(portFile, 'utf8')) <= 1;
  (isEveryPortAllowed ? xit : it)('refuses a port that the user may not listen on', async () => {
    const isRoot = process.geteuid?.() === 0;
    // Root may listen on each: for a moment this is another user.
    if (isRoot) process.seteuid?.(65_534);
    try {
      const failed = await listen(1).then(
        ({ close }) => close(),
        (error: Error) => error,
      );

      expect(failed).to.be.an.instanceOf(PortNotAllowedError);
      expect((failed as Error).message).to.match(/^This user may not listen on port 1: choose another with --port/);
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });

  it('refuses a port in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;

    const result = await finish('--stack', writeShop(), '--port', String(port));
    other.close();

    expect(result).to.deep.equal({
      code: 1,
      stdout: '',
      stderr: `Port ${port} is in use on 127.0.0.1: stop what listens there, or choose another with --port\n`,
    });
  });

  it('refuses a port of the HTTP API that is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;

    const { code, stderr } = await finish(
      ...['--stack', writeHttpStack({}), '--port', '0', '--http-port', String(port)],
    );
    other.close();

    expect(code).to.equal(1);
    expect(stderr).to.equal(
      `Port ${port} is in use on 127.0.0.1: stop what listens there, or choose another with --http-port\n`,
    );
  });

  const refusals: readonly [string, () => string[], RegExp][] = [
    ['an unknown option', () => ['--sack', 'x'], /^Unknown option '--sack' \(--help lists the options\)\n$/],
    ['no stack', () => [], /^--stack <file> is missing \(--help lists the options\)\n$/],
    [
      'a port that is none',
      () => ['--stack', 'x', '--port', 'http'],
      /^--port must be a number from 0 to 65535, not "http"\n$/,
    ],
    [
      'a port of the HTTP API that is none',
      () => ['--stack', 'x', '--http-port', '70000'],
      /^--http-port must be a number from 0 to 65535, not "70000"\n$/,
    ],
    [
      'a quota that is none',
      () => ['--stack', 'x', '--request-quota', 'many'],
      /^--request-quota must be requests a second, .*, or none, not "many"\n$/,
    ],
    [
      'a time of syncing that is none',
      () => ['--stack', 'x', '--data', 'y', '--sync', 'often'],
      /^--sync must be "always" or milliseconds from 1 to 60000, not "often"\n$/,
    ],
    [
      'syncing what is kept nowhere',
      () => ['--stack', 'x', '--sync', 'always'],
      /^--sync is about the disk: it wants --data <folder> beside it\n$/,
    ],
    [
      'a log level that is none',
      () => ['--stack', 'x', '--log-level', 'loud'],
      /^--log-level must be one of debug, info, warn, error, not "loud"\n$/,
    ],
    [
      'a host of another machine',
      () => ['--stack', writeShop(), '--port', '0', '--host', '198.51.100.7'],
      /^198\.51\.100\.7 is no address of this machine: choose one of 127\.0\.0\.1.*\n$/,
    ],
    [
      'a data folder that is a file',
      () => {
        const file = join(temporaryFolder(), 'data');
        writeFileSync(file, '');
        return ['--stack', writeShop(), '--port', '0', '--data', file];
      },
      /^The data folder .*data is a file: choose a folder with --data\n$/,
    ],
    [
      'a data folder below a file',
      () => {
        const file = join(temporaryFolder(), 'data');
        writeFileSync(file, '');
        return ['--stack', writeShop(), '--port', '0', '--data', join(file, 'below')];
      },
      /^The data folder .*below cannot be used: ENOTDIR.*\n$/,
    ],
    [
      'a data folder that cannot be made',
      // Node.js's own `mkdir` with `recursive` never ends there.
      () => [
        '--stack',
        writeShop(),
        '--port',
        '0',
        '--data',
        process.platform === 'linux' ? '/proc/none' : '/dev/none',
      ],
      /^The data folder .*none cannot be used: E.*\n$/,
    ],
    [
      'a data folder with tables that cannot be read',
      () => {
        const folder = temporaryFolder();
        mkdirSync(join(folder, 'dynamodb'));
        const line = '00000000 {"kind":"sequence","sequence":1}\n';
        writeFileSync(join(folder, 'dynamodb/tables.log'), `${line}26482156 {"kind":"sequence","sequence":1}\n`);
        return ['--stack', writeShop(), '--port', '0', '--data', folder];
      },
      /^.*tables\.log is damaged at byte 0, .*delete it to start with empty tables\n$/,
    ],
    [
      'a data folder of an earlier version',
      () => {
        const folder = temporaryFolder();
        mkdirSync(join(folder, 'dynamodb'));
        writeFileSync(join(folder, 'dynamodb/CURRENT'), '');
        return ['--stack', writeShop(), '--port', '0', '--data', folder];
      },
      /^.*dynamodb was written by an earlier version, in another format: delete it, or use another folder\n$/,
    ],
    ['a variable without value', () => ['--stack', 'x', '--var', 'size'], /^--var wants name=value, not "size"\n$/],
    [
      'a stack that does not exist',
      () => ['--port', '0', '--stack', 'none.json'],
      /^The stack file does not exist .*none\.json \(.*\)\n$/,
    ],
    [
      'a stack file that is not JSON',
      () => {
        const file = join(temporaryFolder(), 'cdk.tf.json');
        writeFileSync(file, '{"resource":');
        return ['--port', '0', '--stack', file];
      },
      /^The stack file is not JSON: .*\n$/,
    ],
    [
      'a missing package',
      () => {
        const file = writeShop();
        rmSync(join(dirname(file), 'function.zip'));
        return ['--port', '0', '--stack', file];
      },
      /^The package of function shop-buy does not exist: .*function\.zip \(.*\)\n$/,
    ],
    [
      'a package that is no zip file',
      () => {
        const file = writeShop();
        writeFileSync(join(dirname(file), 'function.zip'), 'not a zip');
        return ['--port', '0', '--stack', file];
      },
      /^The function package .*function\.zip is not a readable zip file.*\n$/,
    ],
    [
      'a value that breaks a rule of its variable',
      () => ['--port', '0', '--stack', writeShop(), '--var', 'colour=green'],
      /^Variable colour: colour must be red or blue\.\n$/,
    ],
  ];
  for (const [what, args, line] of refusals) {
    it(`refuses ${what} in one line`, async () => {
      const { code, stderr } = await finish(...args());

      expect(stderr).to.match(line);
      expect(code).to.equal(1);
    });
  }
});
