import { on, once } from 'node:events';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import WebSocket from 'ws';
import { leaveOutWhenFast } from '../../../../scripts/tools/need-tools.ts';
import { copyCheckout, removeCheckouts } from './checkout.ts';
import { endAll, npmStart, type Started, start } from './npm-start.ts';

/** The next message of this type: others, such as a late `sessionStatus`, may come before it. */
async function received(socket: WebSocket, type: string): Promise<Record<string, unknown>> {
  for await (const [data] of on(socket, 'message', { close: ['close'] })) {
    const message = JSON.parse(String(data));
    if (message.type === type) return message;
  }
  throw new Error(`The socket was closed before ${type} came`);
}

describe('An operator of a stack that npm start runs', function () {
  this.timeout(120_000);
  let checkout: string;
  let started: Started;
  let socket: WebSocket;

  before(async function () {
    leaveOutWhenFast(this, 'npm start for an operator');
    checkout = await copyCheckout({ installed: true });
    started = npmStart(checkout);
    const { webSocketUrl } = await started.ready;
    const token = /^eyJ\S+$/m.exec(started.stdout())?.[0] ?? '';
    socket = new WebSocket(`${webSocketUrl}?action=createSession&sourceLanguage=en`, ['session.v1', `bearer.${token}`]);
    await once(socket, 'message'); // the session is stored
  });
  after(async () => {
    socket?.terminate();
    endAll();
    await removeCheckouts();
  });

  const command = async (...args: string[]) => {
    const { child, ended, stderr } = start(checkout, ['npm', 'run', '-s', ...args]);
    const stdout = child.stdout ? await text(child.stdout) : '';
    return { code: await ended, stdout, stderr: stderr() };
  };

  it('needs to say nothing of where it is', async () => {
    const [file = '', ...others] = await readdir(join(checkout, '.cache/running'));
    expect(others).to.deep.equal([]);
    expect((await stat(join(checkout, '.cache/running', file))).mode & 0o777).to.equal(0o600);

    const list = await command('session', '--', 'list');
    expect(list).to.deep.include({ code: 0, stderr: '' });
    const sessionId = /^[a-z]+-[a-z]+-\d{3}(?= +active)/m.exec(list.stdout)?.[0] ?? '';
    const ended = received(socket, 'sessionEnded');
    expect((await command('session', '--', 'end', sessionId)).stdout).to.match(/ has ended; 0 listeners were in it/);
    expect(await ended).to.include({ reason: 'operatorEnded' });
  });

  it('has to name one of several', async () => {
    const other = npmStart(checkout);
    await other.ready;
    const { code, stderr } = await command('session', '--', 'list');
    expect(code).to.equal(2);
    expect(stderr).to.match(
      /^session: several local stacks run: name one by --env-file \S+ \(http:\S+\) or --env-file /,
    );
    process.kill(other.pid, 'SIGTERM');
    await other.ended;
  });

  it('is told that none runs, also after one was killed', async () => {
    process.kill(-started.pid, 'SIGKILL');
    await started.ended;
    expect(await readdir(join(checkout, '.cache/running'))).to.have.length(1);

    const { code, stderr } = await command('session', '--', 'list');
    expect(code).to.equal(1);
    expect(stderr).to.match(/^session: no local stack runs from this checkout: start one \(npm start\), or name /);
  });
});
