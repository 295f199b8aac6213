import { expect } from 'chai';
import type { Account } from '../../scripts/preflight/account.ts';
import { check } from '../../scripts/preflight/checks.ts';
import { type QuotaName, quotas } from '../../scripts/preflight/quotas.ts';
import { readSettings } from '../../scripts/preflight/settings.ts';

const plenty = { value: 1_000_000 };
const account: Account = {
  id: '123456789012',
  caller: 'arn:aws:iam::123456789012:user/anna',
  quotas: Object.fromEntries(Object.keys(quotas).map((name) => [name, plenty])) as Record<QuotaName, typeof plenty>,
  lambda: { value: { concurrency: 1_000_000, unreserved: 1_000_000 } },
  reserved: { value: 0 },
  apiGateway: { value: { rate: 1_000_000, burst: 500_000, loggingRole: '' } },
  hasEventBus: { value: true },
  key: undefined,
};

describe('the checks of the preflight', () => {
  it('want one of the accounts that allowed_account_ids names, if it names any', async () => {
    const settings = await readSettings('dev', { folder: import.meta.dirname, env: {} });
    const verdictWith = (allowed_account_ids: readonly string[]) =>
      check(account, { ...settings, allowed_account_ids }, () => 0, 'us-east-1').find(({ what }) => what === 'Account');

    expect(verdictWith([])?.verdict).to.equal('ok');
    expect(verdictWith(['210987654321', '123456789012'])?.verdict).to.equal('ok');
    expect(verdictWith(['210987654321'])).to.deep.include({ verdict: 'missing', needs: 'one of 210987654321' });
  });

  it('want the bus of the lifecycle events to be there, and say what makes it', async () => {
    const settings = await readSettings('dev', {
      folder: import.meta.dirname,
      env: { TF_VAR_event_bus_name: 'media', TF_VAR_extra_routes: '{"audioChunk":{}}', TF_VAR_http_domain_name: 'a.b' },
    });
    const rowOf = (what: RegExp, of = account) =>
      check(of, settings, () => 0, 'us-east-1').find((row) => what.test(row.what));

    expect(rowOf(/bus/)).to.deep.include({ verdict: 'ok', needs: 'there: event_bus_name = media' });
    expect(rowOf(/bus/, { ...account, hasEventBus: { value: false } })).to.deep.include({
      verdict: 'missing',
      remedy: 'make it (aws events create-event-bus --name media), or name another one in event_bus_name',
    });
    expect(rowOf(/bus/, { ...account, hasEventBus: { unknown: 'not known' } })?.verdict).to.equal('unknown');
    // 13 of ours, and one of others.
    expect(rowOf(/routes/)?.needs).to.equal('14: routes of the WebSocket API');
    expect(rowOf(/domain/)?.needs).to.equal('1: http_domain_name');
  });

  it('take the defaults of the environment, and what TF_VAR_ says', async () => {
    const settings = await readSettings('prod', {
      folder: import.meta.dirname,
      env: { TF_VAR_max_listeners_per_session: '700', TF_VAR_access_logs: 'true', TF_VAR_tags: '{"Team":"audio"}' },
    });

    expect(settings).to.deep.include({ max_listeners_per_session: 700, access_logs: true, tags: { Team: 'audio' } });
    expect(settings.deletion_protection).to.equal(true);
  });
});
