import { expect } from 'chai';
import { parseCommandLine } from '../src/command-line.ts';
import { UsageError } from '../src/errors.ts';

describe('The command line of an operator’s command', () => {
  const actions = { list: 0, show: 1, replay: 'any' } as const;
  const parse = (text: string) =>
    parseCommandLine(text.split(' ').filter(Boolean), actions, { wait: { type: 'string' } });

  it('has its options before the action, behind it, and between its arguments', () => {
    for (const text of ['--env dev show x --json', 'show x --env=dev --json', 'show --json --env dev x']) {
      expect(parse(text)).to.deep.include({ action: 'show', arguments: ['x'], target: { env: 'dev' }, json: true });
    }
    expect(parse('replay a b --env-file aws.env --wait 5')).to.deep.include({
      arguments: ['a', 'b'],
      target: { envFile: 'aws.env' },
    });
    expect(parse('list --wait 5')?.value('wait')).to.equal('5');
    expect(parse('--help')).to.equal(undefined);
  });

  const wrong: readonly [text: string, line: RegExp][] = [
    ['', /^nothing is no action: use list, show, replay \(--help lists the options\)$/],
    ['close x', /^close is no action: use list, show, replay/],
    ['toString', /^toString is no action/],
    ['show', /^show takes one argument, not 0$/],
    ['list all', /^list takes no argument, not 1$/],
    ['list --environment dev', /^Unknown option '--environment' \(--help lists the options\)$/],
    ['list --env', /^Option '--env <value>' argument missing/],
    ['list --env dev --outputs x', /^--env and --outputs both say which environment: give one$/],
  ];
  for (const [text, line] of wrong) {
    it(`is refused: ${text || 'nothing'}`, () => {
      expect(() => parse(text)).to.throw(UsageError, line);
    });
  }
});
