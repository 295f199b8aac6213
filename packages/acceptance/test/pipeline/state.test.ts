import { expect } from 'chai';
import { requireRemoteState } from '../../../../scripts/state-check.ts';

describe('The state of what a pipeline deploys', () => {
  it('must be in a bucket, since the machine is thrown away', async () => {
    const env = { STATE_BUCKET: 'our-state', STATE_REGION: 'eu-central-1' };
    expect(await requireRemoteState('prod', env)).to.match(
      /^s3:\/\/our-state\/.*sessions-prod\.tfstate in eu-central-1$/,
    );

    // An unset variable of GitHub is an empty one.
    const error = await requireRemoteState('prod', { STATE_BUCKET: '', STATE_REGION: '' }).catch(String);
    expect(error).to.match(/^Error: the state of prod has no bucket: set STATE_BUCKET and STATE_REGION/);
  });
});
