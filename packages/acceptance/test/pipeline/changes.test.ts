import { expect } from 'chai';
import { describeChanges } from '../../../../scripts/drift.ts';
import { describePlan } from '../../../../scripts/plan-comment.ts';

describe('What the pipeline says of changes', () => {
  const change = (address: string, ...actions: string[]) => ({ address, change: { actions } });

  it('names what differs from what was deployed, and shows no value', () => {
    const secret = { ...change('aws_lambda_function.sweeper', 'update'), values: { token: 'secret' } };
    const text = describeChanges('sessions-dev', {
      resource_changes: [
        change('aws_dynamodb_table.sessions', 'no-op'),
        change('data.aws_region.here', 'read'),
        secret,
        change('aws_iam_role.sweeper', 'delete', 'create'),
      ],
    });
    expect(text).to.equal(
      '### sessions-dev: 2 resources to change\n\n- update: `aws_lambda_function.sweeper`\n- delete, then create: `aws_iam_role.sweeper`\n',
    );
  });

  it('says that nothing does', () => {
    expect(describeChanges('sessions-prod', {})).to.equal('### sessions-prod: nothing to change\n');
    expect(describePlan('sessions-prod: 119 resources\n', '')).to.equal(
      '**sessions-prod: 119 resources**: nothing changes\n',
    );
  });

  it('shows the lines of a plan that a change adds and takes away', () => {
    const difference = [
      'diff --git a/x b/x',
      'index 1..2 100644',
      '--- a/x',
      '+++ b/x',
      '@@ -1,2 +1,2 @@ aws_lambda_function.sweeper',
      '   memory_size 256',
      '-  timeout 30',
      '+  timeout 60',
      '',
    ].join('\n');
    expect(describePlan('sessions-dev: 119 resources\n…', difference).split('~~~~~~')[1]).to.equal(
      'diff\n@@ -1,2 +1,2 @@ aws_lambda_function.sweeper\n   memory_size 256\n-  timeout 30\n+  timeout 60\n',
    );
  });

  it('fits into a comment', () => {
    const text = describePlan('sessions-dev: 119 resources', Array(5000).fill('+  a line of a plan').join('\n'));
    expect(text.length).to.be.below(20_000);
    expect(text).to.include('… and more: see the files in infra/test/snapshots');
  });
});
