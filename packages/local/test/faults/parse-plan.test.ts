import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { FaultPlanError, parseFaultPlan, readFaultPlan } from '../../src/index.ts';
import { failureOf, removeTemporaryFolders, temporaryFolder } from '../stack/set-up.ts';

const planOf = (rule: unknown) => ({ seed: 7, rules: [rule] });

describe('A fault plan', () => {
  after(removeTemporaryFolders);

  it('may have every kind of rule', () => {
    const plan = {
      seed: 7,
      rules: [
        { call: {}, do: 'throttle' },
        { call: { service: 'dynamodb', operation: 'Update*' }, probability: 0.5, times: 3, do: { error: 503 } },
        { call: { function: '*-connection', resource: '*Sessions' }, nth: [1, 4], do: { latencyMs: [10, 50] } },
        { name: 'lost answers', call: { service: 'lambda' }, every: 2, do: { reset: 'after' } },
        { call: {}, nth: 3, do: { kill: 'before' } },
        { call: { service: 'execute-api' }, do: 'gone' },
        { call: {}, do: 'bufferFull' },
        { call: { service: 'execute-api' }, do: { stallMs: 500 } },
        { disconnect: {}, do: 'lose' },
        { disconnect: { statusCode: [1001, 1006] }, do: 'duplicate' },
        { disconnect: { statusCode: 1006 }, do: { delayMs: [0, 100] } },
        { index: { table: '*Connections' }, do: { lagMs: 500 } },
        { stream: { table: '*Sessions' }, do: { delayMs: 500 } },
        { batch: { function: 'notify', table: '*' }, nth: 2, do: { fail: 'after' } },
        { call: { operation: 'TransactWriteItems' }, do: 'transactionConflict' },
        { delivery: { bus: 'shop', rule: '*', function: 'notify' }, nth: 1, do: { error: 'THROTTLING' } },
        { entry: {}, every: 3, do: { error: 'InternalFailure' } },
        {
          entry: { bus: 'shop', source: '*', detailType: 'Order*', function: '*-publish' },
          do: { error: 'ThrottlingException' },
        },
        { call: { function: 'a' }, do: { waitFor: { call: { function: 'b', operation: 'PutItem' }, atMostMs: 2000 } } },
      ],
    };

    expect(parseFaultPlan(plan)).to.equal(plan);
  });

  const refusals: readonly [what: string, plan: unknown, message: string][] = [
    ['no object', [], 'the plan must be an object, not []'],
    ['no rules', {}, 'rules is missing: a list of rules'],
    [
      'an unknown field',
      { rules: [], sed: 1 },
      'the plan has no field sed (it may have: seed, transactionHoldMs, pageItems, rules)',
    ],
    ['a seed that is no number', { seed: 'x', rules: [] }, 'seed must be a whole number, not "x"'],
    ['a rule for nothing', planOf({ do: 'lose' }), 'rules[0] must be an object with one of call, disconnect, index'],
    ['an unknown condition', planOf({ call: {}, do: 'throttle', nht: 1 }), 'rules[0] has no field nht'],
    [
      'an unknown pattern',
      planOf({ call: { table: 'x' }, do: 'throttle' }),
      'rules[0].call has no field table (it may have: service, operation, function, resource)',
    ],
    [
      'an unknown service',
      planOf({ call: { service: 's3' }, do: 'throttle' }),
      'rules[0].call.service must be one of dynamodb, lambda, execute-api, cognito-idp, sqs, events, ssm, not "s3"',
    ],
    [
      'a probability above 1',
      planOf({ call: {}, probability: 5, do: 'throttle' }),
      'rules[0].probability must be a number from 0 to 1, not 5',
    ],
    [
      'calls counted from 0',
      planOf({ call: {}, nth: [0], do: 'throttle' }),
      'rules[0].nth must be a whole number from 1, or a list of them, not [0]',
    ],
    ['nth with every', planOf({ call: {}, nth: 1, every: 2, do: 'throttle' }), 'rules[0] has both nth and every'],
    ['an unknown fault', planOf({ call: {}, do: 'explode' }), 'rules[0].do must be one of "throttle"'],
    ['two faults in one rule', planOf({ call: {}, do: { error: 500, latencyMs: 1 } }), 'rules[0].do must be one of'],
    ['no fault', planOf({ call: {} }), 'rules[0].do is missing: one of "throttle"'],
    ['an odd status', planOf({ call: {}, do: { error: 404 } }), 'rules[0].do.error must be 500 or 503, not 404'],
    [
      'an odd entry',
      planOf({ entry: { detail: 'x' }, do: { error: 'InternalFailure' } }),
      'rules[0].entry has no field detail',
    ],
    [
      'an error that an entry cannot have',
      planOf({ entry: {}, do: { error: 500 } }),
      'rules[0].do.error must be one of "InternalFailure", "ThrottlingException", "NotAuthorizedForDetailTypeException", not 500',
    ],
    [
      'an error that a bus does not retry',
      planOf({ delivery: {}, do: { error: 'NO_PERMISSIONS' } }),
      'rules[0].do.error must be one of "THROTTLING", "INTERNAL_ERROR", not "NO_PERMISSIONS"',
    ],
    ['an odd moment', planOf({ call: {}, do: { kill: 'now' } }), 'rules[0].do.kill must be "before" or "after"'],
    [
      'a range upside down',
      planOf({ call: {}, do: { latencyMs: [5, 1] } }),
      'rules[0].do.latencyMs must be milliseconds, or [least, most], not [5,1]',
    ],
    [
      'a fault of another service',
      planOf({ call: { service: 'dynamodb' }, do: 'gone' }),
      'rules[0].do: gone is a fault of the service execute-api alone, not of dynamodb',
    ],
    [
      'an unknown fate of a disconnect',
      planOf({ disconnect: {}, do: 'twice' }),
      'rules[0].do must be "lose", "duplicate" or {"delayMs": …}, not "twice"',
    ],
    [
      'an index that lags by chance',
      planOf({ index: {}, probability: 0.5, do: { lagMs: 1 } }),
      'rules[0] has no field probability (it may have: index, do, name)',
    ],
    [
      'a hold below 0',
      { rules: [], transactionHoldMs: -1 },
      'transactionHoldMs must be a number of milliseconds, not -1',
    ],
    ['a page without items', { rules: [], pageItems: 0 }, 'pageItems must be a whole number from 1, not 0'],
    ['a stream delayed by chance', planOf({ stream: {}, nth: 1, do: { delayMs: 1 } }), 'rules[0] has no field nth'],
    [
      'a batch that fails never',
      planOf({ batch: {}, do: { fail: 'x' } }),
      'rules[0].do.fail must be "before" or "after"',
    ],
    [
      'a conflict of another service',
      planOf({ call: { service: 'lambda' }, do: 'transactionConflict' }),
      'rules[0].do: transactionConflict is a fault of the service dynamodb alone, not of lambda',
    ],
    [
      'a wait without an end',
      planOf({ call: {}, do: { waitFor: { call: {} } } }),
      'rules[0].do.waitFor.atMostMs is missing: a number of milliseconds',
    ],
    ['a negative lag', planOf({ index: {}, do: { lagMs: -1 } }), 'rules[0].do.lagMs must be a number of milliseconds'],
  ];
  for (const [what, plan, message] of refusals) {
    it(`is refused with ${what}`, () => {
      expect(() => parseFaultPlan(plan)).to.throw(FaultPlanError, `Fault plan: ${message}`);
    });
  }

  it('comes from a file, by whose name it is called when something is wrong', async () => {
    const file = join(temporaryFolder(), 'plan.json');
    const write = (text: string) => writeFileSync(file, text);

    write('{"rules": [{"call": {}, "do": "throttle"}]}');
    expect(await readFaultPlan(file)).to.deep.equal({ rules: [{ call: {}, do: 'throttle' }] });

    write('{"rules": [{"call": {}, "do": "throtle"}]}');
    expect(await failureOf(readFaultPlan(file))).to.contain(`FaultPlanError: ${file}: rules[0].do must be one of`);
    write('{');
    expect(await failureOf(readFaultPlan(file))).to.contain(`FaultPlanError: The fault plan ${file} is not JSON: `);
    expect(await failureOf(readFaultPlan('none.json'))).to.contain('The fault plan none.json cannot be read: ENOENT');
  });
});
