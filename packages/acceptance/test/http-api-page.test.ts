import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { documentedCommands } from '../../../scripts/commands/extract.ts';
import { type System, startSystem } from '../src/index.ts';

const root = resolve(import.meta.dirname, '../../..');
const run = promisify(execFile);
/** The ID that the page has in its examples. */
const SESSION_ID = 'faithful-shepherd-427';

describe('The commands of docs/http-api.md', () => {
  let system: System;
  before(async () => {
    system = await startSystem();
  });
  after(() => system.stop());

  it('do what they are there for', async () => {
    const { httpApiUrl = '', credentials, stack } = system.stack;
    const { sessionId } = await system.schedule('speaker');
    const env = {
      PATH: process.env.PATH,
      API: httpApiUrl.replace(/\/$/, ''),
      TOKEN: await system.token({ username: 'speaker' }),
      AWS_REGION: stack.region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    };
    const commands = documentedCommands(root).flatMap(({ document, text }) =>
      document === 'docs/http-api.md' && text.startsWith('curl ') ? [text.replace(SESSION_ID, sessionId)] : [],
    );
    // The page ends the session before it publishes to it.
    const ends = (command: string) => command.includes('-X DELETE');
    const ordered = [...commands.filter((command) => !ends(command)), ...commands.filter(ends)];

    const answers: string[] = [];
    for (const command of ordered) {
      const { stdout } = await run('bash', ['-c', command.replace(/^curl /, 'curl --fail-with-body ')], { env });
      answers.push(stdout);
    }

    expect(answers).to.have.length(7);
    const [health, created, own, seen, exported, receipt, ended] = answers;
    expect(JSON.parse(health ?? '')).to.deep.equal({ status: 'ok' });
    expect(JSON.parse(created ?? '')).to.include({ state: 'scheduled' });
    expect(JSON.parse(own ?? '').sessions).to.have.length(2);
    expect(JSON.parse(seen ?? '')).to.include({ sessionId, state: 'scheduled' });
    expect(JSON.parse(exported ?? '')).to.include({ channel: 'es', head: 0 });
    expect(JSON.parse(receipt ?? '')).to.include({ channel: 'es', offset: 1 });
    expect(ended).to.match(/^HTTP\/1\.1 204 /);
  });
});
