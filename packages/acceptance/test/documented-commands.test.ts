import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { contributingPage, renderContributing } from '../../../scripts/ci/budget-table.ts';
import { commandsOf, documentedCommands } from '../../../scripts/commands/extract.ts';
import { ruleFor } from '../../../scripts/commands/rules.ts';

const root = resolve(import.meta.dirname, '../../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

describe('The commands of the documents', () => {
  it('are found as a shell reads them: continued lines, functions, loops, and no comments', () => {
    const page = [
      '```sh',
      '# first',
      'npm start        # runs it',
      'aws s3 ls \\',
      '  --bucket <a name>',
      'list() { # list <what>',
      '  cat <<END',
      'text',
      'END',
      '}',
      '```',
      '```json',
      '{ "no": "command" }',
      '```',
    ].join('\n');

    expect(commandsOf('page.md', page)).to.deep.equal([
      { document: 'page.md', line: 3, text: 'npm start' },
      { document: 'page.md', line: 4, text: 'aws s3 ls \\\n  --bucket <a name>' },
      { document: 'page.md', line: 6, text: 'list() { # list <what>\n  cat <<END\ntext\nEND\n}' },
    ]);
  });

  it('each have a rule in scripts/commands/rules.ts: run, or why not', () => {
    const commands = documentedCommands(root);
    expect(new Set(commands.map(({ document }) => document))).to.include.keys(
      'README.md',
      'CONTRIBUTING.md',
      'docs/local.md',
      'docs/deployment.md',
    );
    const without = commands.filter((command) => ruleFor(command) === undefined);
    expect(without.map(({ document, line, text }) => `${document}:${line}: ${text}`)).to.deep.equal([]);
    expect(ruleFor({ document: 'README.md', text: 'npm run something:new' })).to.equal(undefined);
  });

  const tracked = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root })
    .toString()
    .split('\0')
    .filter((file) => /\.(md|ya?ml|ts|mjs|html|py|sh|example|json)$/.test(file) || file.startsWith('.ci/'))
    .filter(
      (file) => !file.endsWith('package.json') && file !== 'pnpm-lock.yaml' && !import.meta.filename.endsWith(file),
    );
  const textOf = new Map(
    tracked.flatMap((file) => {
      try {
        return [[file, read(file)] as const];
      } catch {
        return []; // deleted, and not yet committed
      }
    }),
  );

  it('name npm scripts, and never `node file.ts`, which Node.js 20 cannot run', () => {
    const naming = [...textOf].flatMap(([file, text]) =>
      [...text.matchAll(/(?<![\w/.-])node (?:--?[\w=-]+ )*[\w./-]+\.ts\b/g)].map(([found]) => `${file}: ${found}`),
    );

    expect(naming.filter((line) => !allowed.includes(line))).to.deep.equal([]);
  });
  /** Not for a reader: what npm scripts are made of, and what the project's own Node.js is given. */
  const allowed = [
    'infra/cdktf.json: node src/main.ts',
    'cdktf.json: node infra/src/main.ts',
    'infra/test/deploy.test.ts: node scripts/deploy.ts',
  ];

  it('name only scripts that there are, also in the middle of a sentence', () => {
    const missing = [...textOf]
      .filter(([file]) => file.endsWith('.md') || file.startsWith('.github/'))
      .flatMap(([file, text]) =>
        [...text.matchAll(/\bnpm run (?:-s )?"?([a-z][\w:-]*)(?=[\s`"'),.;]|$)/g)]
          .filter(([, name = '']) => !(name in scripts) && !name.endsWith(':'))
          .map(([found]) => `${file}: ${found}`),
      );

    expect(missing).to.deep.equal([]);
  });
});

describe('CONTRIBUTING.md', () => {
  it('has the parts of .ci/run with their budgets (else: npm run generate)', () => {
    const page = readFileSync(contributingPage, 'utf8');
    expect(renderContributing(page)).to.equal(page);
    expect(page).to.include('| first | tests |');
  });
});
