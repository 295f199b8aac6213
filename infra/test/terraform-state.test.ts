import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { startTerraform, type TerraformFolder, withoutAccount } from '../../scripts/terraform.ts';
import { needTools } from '../../scripts/tools/need-tools.ts';
import { terraformWithProvider } from '../../scripts/tools/terraform.ts';
import { synthesizeForDeployment } from '../src/synthesize-for-deployment.ts';
import { type FakeS3, startFakeS3 } from './fake-s3.ts';
import { makeFolder } from './support.ts';

describe("Terraform's S3 backend", function () {
  this.timeout(180_000); // see terraform.test.ts

  let remove: (() => void) | undefined;
  let s3: FakeS3 | undefined;
  let terraform: TerraformFolder | undefined;
  after(async () => {
    await terraform?.stop();
    await s3?.stop();
    remove?.();
  });

  it('takes the state where the settings say, and locks it with an object beside it', async function () {
    const [found] = await needTools(this, 'Terraform tests', terraformWithProvider);
    const { folder, remove: removeFolder } = makeFolder();
    remove = removeFolder;
    s3 = await startFakeS3();
    const [stack] = await synthesizeForDeployment({
      environments: ['dev'],
      outdir: join(folder, 'out'),
      functionsFolder: join(folder, 'functions'),
      settingsFolder: folder,
      env: { STATE_BUCKET: 'our-state', STATE_REGION: 'eu-central-1' },
    });
    if (!stack) throw new Error('no stack was written');
    const { backend } = JSON.parse(readFileSync(stack.file, 'utf8')).terraform;
    // The backend of the stack, with S3 here.
    const here = {
      endpoints: { s3: s3.url },
      use_path_style: true,
      access_key: 'none',
      secret_key: 'none',
      skip_credentials_validation: true,
      skip_requesting_account_id: true,
      skip_metadata_api_check: true,
      skip_s3_checksum: true,
    };
    const override = { ...withoutAccount, terraform: { backend: { s3: { ...backend.s3, ...here } } } };

    terraform = await startTerraform(found, stack, { override });
    await terraform.run('plan', '-input=false', '-no-color');

    const lock = '/our-state/sessions/sessions-dev.tfstate.tflock';
    expect(s3.writes).to.deep.equal([`PUT ${lock}`, `DELETE ${lock}`]);

    s3.objects.set(lock, JSON.stringify({ ID: 'another', Who: 'a colleague', Operation: 'OperationTypeApply' }));
    const refusal = await terraform.run('plan', '-input=false', '-no-color').then(
      () => 'accepted',
      ({ message }: Error) => message,
    );
    expect(refusal).to.include('Error acquiring the state lock').and.to.include('a colleague');
  });
});
