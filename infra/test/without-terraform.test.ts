import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { environmentNames, stackNameOf } from '../src/environments.ts';

describe('on a machine without Terraform,', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sessions-without-terraform-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('every environment is synthesized, since `npm start` and `npm test` need no more than Node.js', async () => {
    // A PATH with nothing on it: some constructs of CDKTF look for Terraform there.
    const env = { ...process.env, PATH: folder, NO_BUILD: '1', CDKTF_OUTDIR: folder };
    await promisify(execFile)(process.execPath, [resolve(import.meta.dirname, '../src/main.ts')], { env });

    const files = environmentNames.map((name) => join(folder, 'stacks', stackNameOf(name), 'cdk.tf.json'));
    expect(files.filter((file) => !existsSync(file))).to.deep.equal([]);
  });
});
