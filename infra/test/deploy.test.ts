import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { parseRequest } from '../../scripts/deploy.ts';

const root = resolve(import.meta.dirname, '..', '..');

describe('a deployment', () => {
  it('is asked for by command and environment; what it does not know is for cdktf', () => {
    expect(parseRequest(['deploy', 'staging', '--auto-approve', '--var', 'log_level=WARN'])).to.deep.equal({
      command: 'deploy',
      environment: 'staging',
      build: true,
      options: ['--auto-approve', '--var', 'log_level=WARN'],
    });
    // pnpm hands the two dashes on, npm does not
    expect(parseRequest(['diff', 'prod', '--', '--no-build', '--no-color'])).to.deep.equal({
      command: 'diff',
      environment: 'prod',
      build: false,
      options: ['--no-color'],
    });
  });

  it('is refused when command or environment is unknown', () => {
    expect(() => parseRequest([])).to.throw('nothing is no command: use deploy, diff, destroy');
    expect(() => parseRequest(['deploy', 'test'])).to.throw('test is no environment: use dev, staging, prod');
  });

  it('takes production away only when that is asked for by name', () => {
    expect(() => parseRequest(['destroy', 'prod'])).to.throw(
      'this destroys production: if that is meant, add `-- --confirm sessions-prod`',
    );
    expect(() => parseRequest(['destroy', 'prod', '--confirm', 'sessions-dev'])).to.throw('this destroys production');
    expect(parseRequest(['destroy', 'prod', '--confirm', 'sessions-prod', '--auto-approve']).options).to.deep.equal([
      '--auto-approve',
    ]);
    expect(parseRequest(['destroy', 'dev']).options).to.deep.equal([]);
  });

  it('has scripts of the same names for npm and pnpm', async () => {
    const { default: manifest } = await import('../../package.json', { with: { type: 'json' } });
    const scripts: Record<string, string> = manifest.scripts;

    for (const command of ['deploy', 'diff', 'destroy']) {
      for (const environment of ['dev', 'staging', 'prod']) {
        expect(scripts[`${command}:${environment}`]).to.equal(
          `npm run -s bootstrap && node scripts/deploy.ts ${command} ${environment}`,
        );
      }
    }
  });

  it('says which tool is missing before it does anything', async () => {
    const { code, stderr } = await new Promise<{ code: unknown; stderr: string }>((done) => {
      execFile(
        process.execPath,
        [join(root, 'scripts', 'deploy.ts'), 'diff', 'dev'],
        { env: { PATH: import.meta.dirname } },
        (error, _stdout, text) => done({ code: error?.code, stderr: text }),
      );
    });

    expect(code).to.equal(1);
    expect(stderr).to.equal('deploy: terraform is not on the PATH: install Terraform 1.11 or later\n');
  });
});
