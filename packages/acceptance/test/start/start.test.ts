import { execFile } from 'node:child_process';
import { appendFile, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import WebSocket from 'ws';
import { lambdaNames } from '../../../../scripts/lambdas.ts';
import { leaveOutWhenFast } from '../../../../scripts/tools/need-tools.ts';
import { copyCheckout, removeCheckouts } from './checkout.ts';
import { endAll, npmStart, portFree, start, userEnvironment } from './npm-start.ts';

/** Several starts, each with its builds, on a machine that does other things, too. */
const LIMIT_MS = 180_000;

describe('npm start', function () {
  this.timeout(LIMIT_MS);
  let checkout: string;

  before(async function () {
    leaveOutWhenFast(this, 'npm start');
    checkout = await copyCheckout({ installed: true });
  });
  afterEach(endAll);
  after(removeCheckouts);

  const zipTimes = async () =>
    Promise.all(
      lambdaNames().map(
        async (name) => (await stat(join(checkout, 'packages/functions', name, 'dist/function.zip'))).mtimeMs,
      ),
    );

  it('runs several times at once from a fresh checkout, which is built once', async () => {
    const starts = [1, 2, 3].map(() => npmStart(checkout));

    const ready = await Promise.all(starts.map((each) => each.ready));

    for (const { page, webSocketUrl } of ready) {
      const html = await (await fetch(page)).text();
      const script = /src="\.\/(assets\/[^"]+\.js)"/.exec(html)?.[1];
      expect((await fetch(`${page}${script}`)).status).to.equal(200);
      const socket = new WebSocket(`${webSocketUrl}?action=joinSession&targetLanguage=es&sessionId=no-such-1`);
      // The functions run: one of them refuses an unknown session.
      const status = await new Promise((resolve) => {
        socket.once('unexpected-response', (_, { statusCode }) => resolve(statusCode));
        socket.once('message', (data) => resolve(JSON.parse(data.toString()).type));
        socket.once('error', () => {});
      });
      expect(status).to.be.oneOf([400, 404, 'error']);
      socket.terminate();
    }
    const builds = starts.flatMap((each) => each.stderr().match(/^Building .*$/gm) ?? []);
    expect(builds).to.deep.equal([`Building ${lambdaNames().join(', ')}, console …`]);
  });

  it('builds nothing when nothing has changed', async () => {
    const before = await zipTimes();

    const second = npmStart(checkout);
    await second.ready;

    expect(second.stderr()).not.to.match(/Building|Installing/);
    expect(await zipTimes()).to.deep.equal(before);
  });

  it('builds what has changed, and nothing else', async () => {
    await appendFile(join(checkout, 'packages/functions/heartbeat/src/handler.ts'), '\n// changed\n');

    const changed = npmStart(checkout);
    await changed.ready;

    expect(changed.stderr().match(/^Building .*$/gm)).to.deep.equal(['Building heartbeat …']);
    const leftovers = (await readdir(join(checkout, 'packages/functions/heartbeat'))).filter((name) =>
      name.startsWith('.building'),
    );
    expect(leftovers).to.deep.equal([]);
  });

  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGKILL'] as const) {
    it(`stops everything on ${signal} to npm`, async () => {
      const started = npmStart(checkout);
      const { port } = await started.ready;

      process.kill(started.pid, signal);

      await portFree(port);
      await started.ended;
    });
  }

  it('stops on SIGHUP when Node.js is started directly, and leaves nothing behind', async () => {
    const node = join(checkout, 'node_modules/node/bin/node');
    const temporary = join(checkout, 'tmp');
    await mkdir(temporary);
    const env = { ...userEnvironment(), TMPDIR: temporary };
    const started = start(checkout, [node, 'scripts/start.ts', '--port', '0'], env);
    await started.ready;
    expect(await readdir(temporary)).not.to.deep.equal([]);

    process.kill(started.pid, 'SIGHUP');

    expect(await started.ended).to.equal(0);
    expect(await readdir(temporary)).to.deep.equal([]);
  });

  it('prints the token once, on a line of its own, and no debug logs', async () => {
    const started = npmStart(checkout);
    const { webSocketUrl } = await started.ready;

    const socket = new WebSocket(webSocketUrl, ['session.v1']);
    await new Promise((resolve) => socket.once('open', resolve));
    socket.send('{"action":"heartbeat"}');
    await new Promise((resolve) => socket.once('message', resolve));
    socket.terminate();
    process.kill(started.pid, 'SIGTERM');
    await started.ended;

    const tokens = started.stdout().match(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g) ?? [];
    expect(tokens).to.have.length(1);
    expect(started.stdout().split('\n')).to.include(tokens[0]);
    expect(started.stdout())
      .to.match(/INFO +gateway: connected/)
      .and.not.match(/ DEBUG /);
  });

  it('refuses a data folder that is a file, before it is asked twice', async () => {
    const started = npmStart(checkout, '--data', 'package.json');

    expect(await started.ended).to.equal(1);
    expect(started.stderr()).to.contain(`package.json is a file: choose a folder with --data\n`);
  });

  it('takes its own data folder again after SIGKILL', async () => {
    const data = join(checkout, '.local');
    const first = npmStart(checkout, '--data', data);
    const { port } = await first.ready;
    process.kill(Number(await readFile(join(data, 'in-use'), 'utf8')), 'SIGKILL');
    await portFree(port);
    // As in a container, where the next start has the same process id: this file names a process that runs.
    const { execPath } = process;
    const claim = `import { claimDataFolder } from ${JSON.stringify(join(checkout, 'packages/local/src/data-folder.ts'))};
      import { writeFileSync } from 'node:fs';
      writeFileSync(${JSON.stringify(join(data, 'in-use'))}, String(process.pid));
      await (await claimDataFolder(${JSON.stringify(data)})).release();
      console.log('claimed');`;

    const { stdout } = await promisify(execFile)(execPath, ['--input-type=module', '-e', claim], {
      env: userEnvironment(),
    });

    expect(stdout).to.equal('claimed\n');
  });
});
