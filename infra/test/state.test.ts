import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { readState } from '../src/state.ts';
import { synthesizeForDeployment } from '../src/synthesize-for-deployment.ts';
import { makeFolder } from './support.ts';

describe('the state of a stack', () => {
  let folder: string;
  let remove: () => void;
  beforeEach(() => {
    ({ folder, remove } = makeFolder());
  });
  afterEach(() => remove());

  const write = (name: string, text: string): string => {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  };
  const refusal = (reading: Promise<unknown>): Promise<string> =>
    reading.then(
      () => 'accepted',
      ({ message }: Error) => message.replaceAll(`${folder}/`, ''),
    );
  const readFrom = (text: string, env: Record<string, string> = {}) =>
    readState('dev', { variableFiles: [write('terraform.tfvars', text)], env });
  const synthesize = async (env: Record<string, string> = {}) => {
    const stacks = await synthesizeForDeployment({
      environments: ['dev', 'prod'],
      outdir: join(folder, 'out'),
      functionsFolder: join(folder, 'functions'),
      settingsFolder: folder,
      env,
    });
    return stacks.map(({ file, folder: stackFolder }) => ({
      backend: JSON.parse(readFileSync(file, 'utf8')).terraform.backend,
      variableFiles: readdirSync(stackFolder)
        .filter((name) => name.endsWith('.tfvars'))
        .map((name) => [name, readFileSync(join(stackFolder, name), 'utf8')]),
    }));
  };

  it('is a file of this machine when nothing else is said', async () => {
    const [dev, prod] = await synthesize();

    expect(dev?.backend.local.path).to.match(/terraform\.sessions-dev\.tfstate$/);
    expect(prod?.backend.local.path).to.match(/terraform\.sessions-prod\.tfstate$/);
    expect(dev?.variableFiles).to.deep.equal([]);
  });

  it('is an object in S3 that locks itself, when the variable file names a bucket', async () => {
    write('terraform.tfvars', 'state_bucket = "our-state"\nstate_region = "eu-central-1"\n');

    const [dev, prod] = await synthesize();

    expect(dev?.backend).to.deep.equal({
      s3: {
        bucket: 'our-state',
        region: 'eu-central-1',
        key: 'sessions/sessions-dev.tfstate',
        encrypt: true,
        use_lockfile: true,
      },
    });
    expect(prod?.backend.s3.key).to.equal('sessions/sessions-prod.tfstate');
  });

  it('follows the file of its environment before the common one, and the environment variables before both', async () => {
    write('terraform.tfvars', 'state_bucket = "our-state"\nstate_region = "eu-central-1"\n');
    write('terraform.prod.tfvars', 'state_bucket = "prod-state"\nstate_key_prefix = ""\n');
    const key = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';

    const [dev, prod] = await synthesize({ STATE_REGION: 'eu-west-1', STATE_KMS_KEY_ID: key, STATE_BUCKET: '' });

    expect(dev?.backend.s3).to.include({ bucket: 'our-state', region: 'eu-west-1', kms_key_id: key });
    expect(prod?.backend.s3).to.include({ bucket: 'prod-state', region: 'eu-west-1', key: 'sessions-prod.tfstate' });
  });

  it('is refused when a setting is wrong, with its name, its place and what is allowed', async () => {
    expect(await refusal(readFrom('state_bucket = "Our State"'))).to.equal(
      'state_bucket (state_bucket in terraform.tfvars) must be a bucket\'s name (3 to 63 lower-case letters, digits, dots, hyphens), or empty, not "Our State"',
    );
    expect(await refusal(readFrom('state_bucket = "our-state"', { STATE_REGION: 'Frankfurt' }))).to.equal(
      'state_region (STATE_REGION) must be the name of an AWS region, such as eu-central-1, or empty, not "Frankfurt"',
    );
    expect(await refusal(readFrom('state_bucket = "our-state"'))).to.equal(
      'state_region (or STATE_REGION) is missing: where is the bucket our-state?',
    );
    expect(await refusal(readFrom('state_region = "eu-central-1"'))).to.equal(
      'state_bucket (or STATE_BUCKET) is missing, but there is state_region in terraform.tfvars',
    );
    expect(await refusal(readFrom('state_bucket = 7'))).to.equal(
      'state_bucket (terraform.tfvars) must be a text in quotes, without references',
    );
    expect(await refusal(readFrom('state_bucket = lower("A")'))).to.equal(
      'state_bucket (terraform.tfvars) must be a text in quotes, without references',
    );
  });

  it('is refused when the variable file is not understood', async () => {
    expect(await refusal(readFrom('state_bucket = "our-state" state_region = "eu-central-1"'))).to.match(
      /^terraform\.tfvars cannot be understood: .*terraform\.tfvars:1,28.*Missing newline/,
    );
  });

  it('takes the example as it is, with every default written out', async () => {
    const example = readFileSync(join(import.meta.dirname, '..', '..', 'terraform.tfvars.example'), 'utf8');

    expect(await readFrom(example.replaceAll(/^# (\w+ = .*)$/gm, '$1'))).to.equal(undefined);
  });
});

describe('the variable files of an environment', () => {
  it('lie beside its stack, where Terraform loads them, and go when they go', async () => {
    const { folder, remove } = makeFolder();
    const options = {
      environments: ['dev', 'prod'] as const,
      outdir: join(folder, 'out'),
      functionsFolder: join(folder, 'functions'),
      settingsFolder: folder,
      env: {},
    };
    try {
      writeFileSync(join(folder, 'terraform.tfvars'), 'log_level = "WARN"\n');
      writeFileSync(join(folder, 'terraform.prod.tfvars'), 'log_level = "ERROR"\n');
      const [dev, prod] = await synthesizeForDeployment(options);
      const read = (stack: typeof dev, name: string) => readFileSync(join(stack?.folder ?? '', name), 'utf8');

      expect(read(dev, '0-terraform.auto.tfvars')).to.equal('log_level = "WARN"\n');
      expect(existsSync(join(dev?.folder ?? '', '1-terraform.prod.auto.tfvars'))).to.equal(false);
      expect(read(prod, '0-terraform.auto.tfvars')).to.equal('log_level = "WARN"\n');
      expect(read(prod, '1-terraform.prod.auto.tfvars')).to.equal('log_level = "ERROR"\n');

      const elsewhere = { ...options, settingsFolder: join(folder, 'functions') };
      const [again] = await synthesizeForDeployment(elsewhere);

      expect(existsSync(join(again?.folder ?? '', '0-terraform.auto.tfvars'))).to.equal(false);
    } finally {
      remove();
    }
  });
});
