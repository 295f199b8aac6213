import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { needTools } from '../../../scripts/tools/need-tools.ts';
import { pythonWebSockets } from '../../../scripts/tools/python.ts';
import { type System, startSystem } from '../src/index.ts';

const SCRIPT = resolve(import.meta.dirname, '../../client/examples/python/sessions.py');

type Line = Readonly<Record<string, unknown>> & { readonly event: string };

/** The script as a running process, and what it prints. */
class Script {
  readonly #lines: Line[] = [];
  readonly #child: ChildProcess;
  readonly exit: Promise<unknown[]>;
  stderr = '';

  constructor(python: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(python, [SCRIPT, ...args], { env: { ...process.env, ...env } });
    this.#child.stdin?.on('error', () => {}); // it may have ended meanwhile
    this.exit = once(this.#child, 'close');
    this.#child.stderr?.on('data', (data) => {
      this.stderr += data;
    });
    if (this.#child.stdout) {
      createInterface({ input: this.#child.stdout }).on('line', (line) => {
        this.#lines.push(JSON.parse(line) as Line);
        this.#child.emit('printed');
      });
    }
  }

  /** Takes the first line that fits, and all before it. */
  async until(fits: (line: Line) => boolean): Promise<Line> {
    for (;;) {
      const index = this.#lines.findIndex(fits);
      const line = this.#lines[index];
      if (line) {
        this.#lines.splice(0, index + 1);
        return line;
      }
      const isOver = await Promise.race([once(this.#child, 'printed').then(() => false), this.exit.then(() => true)]);
      if (isOver && !this.#lines.some(fits)) throw new Error(`the script has ended: ${this.stderr}`);
    }
  }

  event(name: string): Promise<Line> {
    return this.until(({ event }) => event === name);
  }

  /** Types a request. */
  send(request: object): void {
    this.#child.stdin?.write(`${JSON.stringify(request)}\n`);
  }

  interrupt(): void {
    this.#child.kill('SIGINT');
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

describe('the example client in Python', () => {
  const scripts: Script[] = [];
  let python: string;
  let system: System;

  const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Script => {
    const [what = '', ...rest] = args;
    const script = new Script(python, [what, '--url', system.stack.webSocketUrl, ...rest], env);
    scripts.push(script);
    return script;
  };

  /** Cuts the script's connection, whichever it has just moved to. */
  const cutAllBut = (other: string): void => {
    for (const { connectionId } of system.stack.gateway.connections()) {
      if (connectionId !== other) system.stack.gateway.cut(connectionId);
    }
  };

  before(async function () {
    [{ python }] = await needTools(this, 'the example client in Python', pythonWebSockets);
    // A connection is to be moved after half a second, and says so with the next heartbeat.
    system = await startSystem({
      heartbeat_interval_seconds: '0.2',
      rate_limit_heartbeats_per_min: '6000',
      connection_refresh_minutes: '0.008',
    });
  });
  afterEach(async () => {
    for (const script of scripts.splice(0)) {
      script.kill();
      await script.exit;
    }
  });
  after(() => system?.stop());

  it('listens: joins, beats, moves before its connection ends, comes back after a cut, hears the end', async () => {
    const { sessionId, speaker, created } = await system.broadcast('priscilla');
    const listener = run(['listen', '--session', sessionId.toUpperCase().replaceAll('-', ' '), '--language', 'es']);

    const live = await listener.event('live');
    expect(live.sessionId).to.equal(sessionId);
    await listener.event('heartbeat');
    const moved = await listener.event('refreshed');
    expect(moved.connectionId).not.to.equal(live.connectionId);
    const { listenerCount } = await speaker.ask('sessionStatus', { action: 'getSessionStatus' });
    expect(listenerCount, 'the place has moved, and is one').to.equal(1);

    cutAllBut(created.connectionId);
    await listener.event('lost');
    await listener.event('live');
    await speaker.request({ action: 'endSession' });
    expect(await listener.event('ended')).to.include({ reason: 'speakerEnded' });
    expect(await listener.exit).to.deep.equal([0, null]);
  });

  it('speaks: opens a session, moves, comes back in time after a cut, ends it', async () => {
    const token = await system.token({ username: 'aquila' });
    const speaker = run(['speak', '--language', 'en'], { SESSIONS_TOKEN: token });

    const { sessionId, connectionId } = await speaker.event('live');
    const listener = await system.joined(String(sessionId), 'fr');
    const moved = await speaker.event('refreshed');
    expect(moved.connectionId).not.to.equal(connectionId);
    cutAllBut(system.connectionIdOf(listener));
    await speaker.event('lost');
    await listener.take(({ type }) => type === 'sessionInterrupted');
    await speaker.event('live');
    await listener.take(({ type }) => type === 'sessionResumed');

    speaker.interrupt();
    expect(await speaker.event('ended')).to.include({ reason: 'speakerEnded' });
    expect(await speaker.exit).to.deep.equal([0, null]);
    await listener.take(({ type }) => type === 'sessionEnded');
  });

  it('changes its language in place, and hears what the speaker wants of the audio', async () => {
    const { sessionId, speaker, created } = await system.broadcast('phoebe');
    const listener = run(['listen', '--session', sessionId, '--language', 'es', '--join-key', created.joinKey]);
    await listener.event('live');

    listener.send({ action: 'changeLanguage', targetLanguage: 'fr' });
    expect(await listener.event('done')).to.include({ type: 'languageChanged', targetLanguage: 'fr' });
    await speaker.request({ action: 'setBroadcastState', muted: true });
    await listener.until(({ event, broadcastState }) => event === 'state' && isMuted(broadcastState));
    await listener.event('refreshed');

    const { listenersByLanguage } = await speaker.ask('sessionStatus', { action: 'getSessionStatus' });
    expect(listenersByLanguage).to.deep.equal({ fr: 1 });
  });

  it('has each message once and in order, through moves, a cut and a failed post', async () => {
    const { sessionId, speaker, created } = await system.broadcast('junia');
    const listener = run(['listen', '--session', sessionId, '--language', 'es', '--join-key', created.joinKey]);
    const { connectionId } = await listener.event('live');
    const isThere = () => system.stack.gateway.connections().some((each) => each.connectionId === connectionId);
    const posts = { service: 'execute-api', operation: 'PostToConnection', function: '*-deliverer' } as const;
    await system.faults({ call: posts, nth: 3, do: 'gone' });
    const publish = async (data: number) => {
      await speaker.ask('messagePublished', { action: 'publish', to: 'es', data });
    };

    for (let data = 1; data <= 10; data++) {
      await publish(data);
      if (data === 6) await system.until(() => !isThere());
      if (data === 7) cutAllBut(created.connectionId);
    }
    const heard: unknown[] = [];
    while (heard.length < 10) {
      const { data } = await listener.until(({ event, type }) => event === 'message' && type === 'message');
      heard.push(data);
    }

    expect(heard).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('publishes what a speaker types', async () => {
    const token = await system.token({ username: 'epaphras' });
    const speaker = run(['speak', '--language', 'en'], { SESSIONS_TOKEN: token });
    const { sessionId } = await speaker.event('live');
    const listener = await system.joined(String(sessionId), 'fr');

    speaker.send({ action: 'publish', to: 'all', name: 'caption', data: { text: 'We begin' } });

    expect(await listener.next('message')).to.deep.include({
      channel: 'all',
      name: 'caption',
      data: { text: 'We begin' },
    });
    // Its receipt, and the message itself, which comes to the speaker as well.
    const isOfIt = ({ type }: Line) => type === 'messagePublished' || type === 'message';
    const lines = [await speaker.until(isOfIt), await speaker.until(isOfIt)];
    expect(lines.map(({ type, channel, offset }) => ({ type, channel, offset }))).to.have.deep.members([
      { type: 'messagePublished', channel: 'all', offset: 1 },
      { type: 'message', channel: 'all', offset: 1 },
    ]);
  });

  it('learns from a heartbeat what a lost notification would have said', async () => {
    const { sessionId, speaker } = await system.broadcast('tertius');
    const listener = run(['listen', '--session', sessionId, '--language', 'es']);
    await listener.event('heartbeat');
    await system.stack.faults.set({
      rules: [{ call: { operation: 'PostToConnection', function: '*deliverer*' }, do: 'bufferFull' }],
    });
    try {
      await speaker.request({ action: 'setBroadcastState', muted: true });
      await listener.until(({ event, broadcastState }) => event === 'state' && isMuted(broadcastState));
    } finally {
      await system.stack.faults.clear();
    }
  });

  it('speaks until another client of the same speaker takes the session over', async () => {
    const token = await system.token({ username: 'apollos' });
    const first = run(['speak', '--language', 'en'], { SESSIONS_TOKEN: token });
    const { sessionId } = await first.event('live');

    const second = await system.speaker('apollos');
    const taken = await second.ask('connectionRefreshComplete', {
      action: 'refreshConnection',
      sessionId: String(sessionId),
      role: 'speaker',
      clientId: 'another',
      takeOver: true,
    });

    expect(await first.event('ended')).to.include({ reason: 'replaced' });
    expect(await first.exit).to.deep.equal([0, null]);
    expect(taken.state).to.equal('active');
  });

  it('says in one line what is wrong', async () => {
    const unknown = run(['listen', '--session', 'faithful-shepherd-427', '--language', 'es']);
    const mute = run(['listen', '--language', 'es']);
    const nobody = run(['speak', '--language', 'en'], { SESSIONS_TOKEN: 'none' });

    expect(await unknown.exit).to.deep.equal([1, null]);
    expect(unknown.stderr).to.match(/^sessions\.py: SESSION_NOT_FOUND: .*\n$/);
    expect(await mute.exit).to.deep.equal([2, null]);
    expect(mute.stderr).to.include('--session is missing');
    expect(await nobody.exit).to.deep.equal([1, null]);
    expect(nobody.stderr).to.match(/^sessions\.py: .*HTTP 401\n$/);
  });
});

const isMuted = (broadcastState: unknown): boolean =>
  (broadcastState as { muted?: boolean } | undefined)?.muted === true;
