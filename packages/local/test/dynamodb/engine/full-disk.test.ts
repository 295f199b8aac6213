import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { mountNamespace } from '../../../../../scripts/tools/mount-namespace.ts';
import { needTools } from '../../../../../scripts/tools/need-tools.ts';
import { removeTemporaryFolders, temporaryFolder } from '../../stack/set-up.ts';

describe('The embedded DynamoDB on a full disk', function () {
  this.timeout(30_000);
  let unshare: readonly string[];

  before(async function () {
    [unshare] = await needTools(this, 'tables on a full disk', mountNamespace);
  });
  after(removeTemporaryFolders);

  it('refuses what it cannot keep, as a whole, reads on, and writes again when there is room', async () => {
    const [file = '', ...args] = unshare;
    const program = join(import.meta.dirname, 'full-disk.ts');
    const { stdout } = await promisify(execFile)(file, [
      ...args,
      ...['sh', '-c', 'mount -t tmpfs -o size=400k none "$1" && exec "$2" "$3" "$1"', 'sh'],
      ...[temporaryFolder(), process.execPath, program],
    ]);
    const { refusals, whenFull, afterRoom, restarted, acknowledged } = JSON.parse(stdout);

    expect(refusals).to.deep.equal(['InternalServerError']);
    expect(whenFull.acknowledged).to.have.length.above(50);
    expect(whenFull.found).to.deep.equal(whenFull.acknowledged);
    expect(afterRoom).to.equal(undefined);
    expect(restarted).to.deep.equal(acknowledged);
  });
});
