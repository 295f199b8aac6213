import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Expected, packArtifact, unpackArtifact } from '../../../../scripts/artifact.ts';
import { lambdaNames } from '../../../../scripts/lambdas.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';

describe('The artifact that a pipeline promotes', () => {
  let folder: string;
  let built: string;
  let packed: string;
  let target: string;
  let sha256: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'artifact-'));
    [built, packed, target] = ['built', 'packed', 'target'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    for (const name of lambdaNames()) {
      await mkdir(join(built, name, 'dist'), { recursive: true });
      await writeFile(join(built, name, 'dist/function.zip'), `package of ${name}`);
    }
    sha256 = await packArtifact(packed, COMMIT, built);
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** The reason, having made sure that nothing was put in place. */
  async function refusal(expected: Expected = { sha256 }): Promise<string> {
    const error = await unpackArtifact(packed, expected, target).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(Error);
    expect(await readdir(target).catch(() => 'nothing')).to.equal('nothing');
    return (error as Error).message;
  }

  it('is every Lambda as it was built, byte for byte, and its commit', async () => {
    const { commit, files } = await unpackArtifact(packed, { sha256 }, target);

    expect(commit).to.equal(COMMIT);
    expect(Object.keys(files)).to.include('authorizer.zip').and.include('sweeper.zip');
    for (const name of lambdaNames()) {
      expect(await readFile(join(target, name, 'dist/function.zip'), 'utf8')).to.equal(`package of ${name}`);
    }
  });

  it('has a hash that follows from the bytes alone', async () => {
    expect(await packArtifact(join(folder, 'again'), COMMIT, built)).to.equal(sha256);
    await writeFile(join(built, 'sweeper/dist/function.zip'), 'another');
    expect(await packArtifact(join(folder, 'changed'), COMMIT, built)).to.not.equal(sha256);
  });

  it('is refused when one byte of a package is another', async () => {
    await writeFile(join(packed, 'sweeper.zip'), 'package of Sweeper');
    expect(await refusal()).to.match(/^sweeper\.zip has the SHA-256 [0-9a-f]{64}, not [0-9a-f]{64}$/);
  });

  it('is refused when the manifest was written anew', async () => {
    await writeFile(join(packed, 'sweeper.zip'), 'mine');
    const manifest = JSON.parse(await readFile(join(packed, 'manifest.json'), 'utf8'));
    await writeFile(join(packed, 'manifest.json'), JSON.stringify({ ...manifest, commit: 'mine' }));
    expect(await refusal()).to.match(/^manifest\.json has the SHA-256 /);
    expect(await refusal({ sha256: '0'.repeat(64) })).to.match(/^manifest\.json has the SHA-256 /);
  });

  it('is refused when a package is missing, or is one too many', async () => {
    await writeFile(join(packed, 'extra.zip'), 'x');
    expect(await refusal()).to.match(/^extra\.zip is not in each of/);
    await rm(join(packed, 'extra.zip'));
    await rm(join(packed, 'sweeper.zip'));
    expect(await refusal()).to.match(/^sweeper\.zip is not in each of/);
  });

  it('is taken by the commit where the hash is not known, and every package is checked all the same', async () => {
    expect(await refusal({ commit: 'f'.repeat(40) })).to.match(
      / holds the packages of 0123456789abcdef.*, not of ffff/,
    );
    await writeFile(join(packed, 'sweeper.zip'), 'package of Sweeper');
    expect(await refusal({ commit: COMMIT })).to.match(/^sweeper\.zip has the SHA-256 /);
    await writeFile(join(packed, 'sweeper.zip'), 'package of sweeper');
    expect(await unpackArtifact(packed, { commit: COMMIT }, target)).to.include({ commit: COMMIT });
  });

  it('is not made of what is not built', async () => {
    await rm(join(built, 'sweeper'), { recursive: true });
    const error = await packArtifact(join(folder, 'again'), COMMIT, built).catch((thrown: unknown) => thrown);
    expect(String(error)).to.equal('Error: sweeper is not built: run `npm run build`');
  });
});
