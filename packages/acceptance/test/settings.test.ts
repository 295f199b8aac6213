import { pickSettings, readConfig, settings } from '@sessions/core/lambda';
import { VOCABULARIES } from '@sessions/core/sessions';
import { expect } from 'chai';
import { functions } from '../../../infra/src/functions.ts';
import { type Variable, variables } from '../../../infra/src/variables.ts';

const isSetting = (name: string): name is keyof typeof settings => name in settings;

/** The values at the ends of what Terraform accepts, as it writes them into a function's environment. */
function extremesOf(variable: Variable): string[] {
  if (variable.kind !== 'number') throw new Error('only numbers have bounds');
  const values = [variable.min, variable.max, variable.default];
  if (!variable.whole) values.push((variable.min + variable.max) / 2 + 0.25);
  return values.filter((value) => value <= variable.max).map(String);
}

describe('a setting', () => {
  const names = [...new Set(Object.values(functions).flatMap((definition): readonly string[] => definition.settings))];

  for (const name of names.filter(isSetting)) {
    it(`${name}: whatever Terraform accepts, the function starts with`, () => {
      const variable = (variables as Record<string, Variable>)[name.toLowerCase()];
      if (!variable) throw new Error('no such variable');
      for (const text of extremesOf(variable)) {
        expect(readConfig(pickSettings(name), { [name]: text }), text).to.deep.equal({ [name]: Number(text) });
      }
    });
  }

  it('that is not among them: the vocabulary, which has the same choices', () => {
    expect(names.filter((name) => !isSetting(name))).to.deep.equal(['SESSION_ID_VOCABULARY']);
    expect(Object.keys(VOCABULARIES).sort()).to.deep.equal([...variables.session_id_vocabulary.choices].sort());
  });

  it('of a function is set by some function of the stack', () => {
    const addresses = [
      ...['SESSIONS_TABLE', 'CONNECTIONS_TABLE', 'RATE_LIMITS_TABLE', 'MESSAGES_TABLE', 'MANAGEMENT_ENDPOINT'],
      ...['DELIVERER_FUNCTION', 'EVENT_BUS_NAME', 'EVENT_SOURCE', 'HMAC_KEY'],
    ];
    expect([...names.filter(isSetting), ...addresses].sort()).to.deep.equal(Object.keys(settings).sort());
  });
});
