import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { needTools } from '../../../../scripts/tools/need-tools.ts';
import { networkNamespace } from '../../../../scripts/tools/network-namespace.ts';
import { copyCheckout, removeCheckouts } from './checkout.ts';
import { endAll, start, userEnvironment } from './npm-start.ts';

describe('npm start without a network', function () {
  this.timeout(120_000);

  let withoutNetwork: readonly string[];

  before(async function () {
    [withoutNetwork] = await needTools(this, 'npm start without a network', networkNamespace);
  });
  afterEach(endAll);
  after(removeCheckouts);

  it('says at once what it does, and then what failed and what to do', async () => {
    const checkout = await copyCheckout({ installed: false });
    const home = join(checkout, 'home');
    await mkdir(home);
    // Empty caches, and no registry of this machine's settings.
    const env = { PATH: userEnvironment().PATH, HOME: home };

    const started = start(checkout, [...withoutNetwork, 'npm', 'start'], env);

    expect(await started.ended).to.equal(1);
    const lines = started.stderr().trimEnd().split('\n');
    expect(lines[0]).to.equal('Installing dependencies with pnpm@12.21.0 (the first time) …');
    expect(lines.at(-1)).to.match(
      /^The dependencies could not be installed: the package registry cannot be reached \(E\w+\)\. .*run the command again\.$/,
    );
  });

  it('needs none for the second start', async () => {
    const checkout = await copyCheckout({ installed: true });

    // `lo` is down in there: only what needs no socket can be asked.
    const started = start(checkout, [...withoutNetwork, 'npm', 'start', '--', '--help']);

    expect(await started.ended).to.equal(0);
    expect(started.stderr()).not.to.contain('Installing');
    expect(started.stdout()).to.contain('--env-file <file>');
  });
});
