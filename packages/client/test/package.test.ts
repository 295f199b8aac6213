import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import type { EndReason, ErrorDetail, QualityTier, ServerMessageOf } from '@sessions/core/protocol';
import { expect } from 'chai';
import { buildClient } from '../../../scripts/build-client.ts';
import type { EndReason as OwnEndReason, QualityTier as OwnTier, ProblemDetail, SessionStatus } from '../src/index.ts';
import { World } from './support/world.ts';

const packageFolder = join(import.meta.dirname, '..');
const run = promisify(execFile);

/** That what applications see is what the protocol says: checked by the compiler. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
export const types: [
  Same<EndReason, OwnEndReason>,
  Same<QualityTier, OwnTier>,
  ErrorDetail extends ProblemDetail ? true : false,
  ServerMessageOf<'sessionStatus'> extends SessionStatus ? true : false,
] = [true, true, true, true];

/** The README's code, in order. */
async function readmeCode(): Promise<string[]> {
  const readme = await readFile(join(packageFolder, 'README.md'), 'utf8');
  return [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code);
}

describe('the package', () => {
  let world: World;
  let application: string;
  before(async () => {
    world = await World.start();
    // An application outside of the workspace: nothing of ours is above it.
    application = await mkdtemp(join(tmpdir(), 'application-'));
    const installed = join(application, 'node_modules/@sessions/client');
    await mkdir(dirname(installed), { recursive: true });
    await buildClient(installed);
    await writeFile(join(application, 'package.json'), '{ "type": "module" }');
  });
  after(async () => {
    await world.stop();
    await rm(application, { recursive: true });
  });

  it('compiles in an application outside of the workspace, strictly, with the declarations it brings', async () => {
    const [speaker = '', listener = '', announcer = '', waiting = ''] = await readmeCode();
    expect(announcer).to.include('publish');
    expect(waiting).to.include('createListener');
    expect(speaker.split('\n').length + listener.split('\n').length).to.be.at.most(25);
    const declared = 'declare function signIn(options: { refresh: boolean }): Promise<string>;\n';
    await writeFile(join(application, 'speaker.ts'), speaker + declared);
    await writeFile(join(application, 'listener.ts'), listener);
    await writeFile(join(application, 'announcer.ts'), announcer);
    await writeFile(join(application, 'waiting.ts'), waiting);
    const compilerOptions = {
      strict: true,
      module: 'nodenext',
      target: 'es2022',
      lib: ['es2022', 'dom'],
      types: [],
      noEmit: true,
    };
    await writeFile(join(application, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
    const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
    const { stdout } = await run(process.execPath, [compiler, '-p', application]).catch((error) => error);
    expect(stdout).to.equal('');
  });

  it('runs the ten lines of the README', async () => {
    const [speakerCode = '', listenerCode = ''] = await readmeCode();
    const url = world.stack.webSocketUrl;
    const token = JSON.stringify(await world.token('ruth'));
    const atUrl = (code: string) => code.replace('ws://127.0.0.1:4510/dev', url);
    // The speaker waits to be told to go on before it ends.
    const wait =
      "await new Promise((resolve) => process.stdin.once('data', resolve)); process.stdin.pause();\nawait speaker.end()";
    await writeFile(
      join(application, 'speaker.js'),
      `const signIn = () => ${token};\n${atUrl(speakerCode).replace('await speaker.end()', wait)}`,
    );
    const speaker = spawn(process.execPath, [join(application, 'speaker.js')], { stdio: ['pipe', 'pipe', 'inherit'] });
    const [line] = (await once(createInterface(speaker.stdout), 'line')) as [string];
    const sessionId = line.replace('Join with ', '');

    await writeFile(join(application, 'listener.js'), atUrl(listenerCode).replace('Faithful Shepherd 427', sessionId));
    const listener = spawn(process.execPath, [join(application, 'listener.js')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let ids: string[] = [];
    while (ids.length === 0) ids = await world.listenersOf(sessionId);
    const lines = createInterface(listener.stdout)[Symbol.asyncIterator]();
    await world.publish({ sessionId, to: 'es', data: 'hello' });
    expect((await lines.next()).value).to.equal('hello');
    speaker.stdin.write('\n');
    expect((await lines.next()).value).to.equal('It is over');
    await Promise.all([speaker, listener].map((child) => child.exitCode ?? once(child, 'exit')));
    expect([speaker.exitCode, listener.exitCode]).to.deep.equal([0, 0]);
  });

  it('runs the examples for Node.js', async () => {
    // As if installed: they import the package by its name.
    await cp(join(packageFolder, 'examples'), application, { recursive: true });
    const url = world.stack.webSocketUrl;
    const start = (file: string, ...args: string[]) =>
      spawn(process.execPath, [join(application, file), url, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    const speaker = start('node-speaker.ts', await world.token('naomi'));
    const [session] = (await once(createInterface(speaker.stdout), 'line')) as [string];
    const listener = start('node-listener.ts', session.replace('Session ', ''), 'fr');
    const [joined] = (await once(createInterface(listener.stdout), 'line')) as [string];
    expect(joined).to.equal(`Joined ${session.replace('Session ', '')}: en in fr`);
    speaker.kill('SIGINT');
    await Promise.all([speaker, listener].map((child) => child.exitCode ?? once(child, 'exit')));
    expect([speaker.exitCode, listener.exitCode]).to.deep.equal([0, 0]);
  });
});
