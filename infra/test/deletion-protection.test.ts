import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { readDeletionProtection } from '../src/deletion-protection.ts';
import type { EnvironmentName } from '../src/index.ts';
import { makeFolder } from './support.ts';

describe('the deletion protection that a stack is synthesized with', () => {
  let folder: string;
  let remove: () => void;
  beforeEach(() => {
    ({ folder, remove } = makeFolder([]));
  });
  afterEach(() => remove());

  const read = (environment: EnvironmentName, files: readonly string[], env: Record<string, string> = {}) => {
    const variableFiles = files.map((text, index) => {
      const file = join(folder, `${index}.tfvars`);
      writeFileSync(file, `${text}\n`);
      return file;
    });
    return readDeletionProtection(environment, { variableFiles, env });
  };

  it('is on in production, and off elsewhere', async () => {
    expect(await read('prod', [])).to.equal(true);
    expect(await read('staging', [])).to.equal(false);
    expect(await read('dev', ['log_level = "WARN"'])).to.equal(false);
  });

  it('is what Terraform will take the variable for: a later file wins, and TF_VAR_… is weaker than any', async () => {
    expect(await read('prod', ['deletion_protection = false'])).to.equal(false);
    expect(await read('prod', ['deletion_protection = false', 'deletion_protection = true'])).to.equal(true);
    expect(await read('dev', [], { TF_VAR_deletion_protection: 'true' })).to.equal(true);
    expect(await read('dev', ['deletion_protection = "false"'], { TF_VAR_deletion_protection: 'true' })).to.equal(
      false,
    );
  });

  it('is refused when it is no plain true or false', async () => {
    const refusal = (promise: Promise<unknown>) =>
      promise.then(
        () => 'accepted',
        ({ message }: Error) => message.replace(`${folder}/`, ''),
      );

    expect(await refusal(read('prod', ['deletion_protection = 1 == 1']))).to.match(
      /^deletion_protection \(0\.tfvars\) must be true or false, without references, not ".*1 == 1.*"$/,
    );
    expect(await refusal(read('prod', [], { TF_VAR_deletion_protection: 'yes' }))).to.equal(
      'deletion_protection (TF_VAR_deletion_protection) must be true or false, without references, not "yes"',
    );
  });
});
