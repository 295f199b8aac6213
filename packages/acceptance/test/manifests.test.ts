import { globSync, readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { expect } from 'chai';

const root = resolve(import.meta.dirname, '../../..');
const folders = globSync('{infra,packages/*,packages/functions/*}/package.json', { cwd: root }).map((file) =>
  file.replace('/package.json', ''),
);

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** Programs, and types of what is imported without them. */
const neverImported = ['cdktf-cli', 'vite', '@types/ws', '@types/aws-lambda'];

describe('the manifest of every package', () => {
  for (const folder of folders) {
    const manifest: Manifest = JSON.parse(readFileSync(`${root}/${folder}/package.json`, 'utf8'));
    const code = (...parts: string[]) =>
      globSync(
        parts.map((part) => `${folder}/${part}/**/*.{ts,tsx,mjs}`),
        { cwd: root },
      )
        .map((file) => readFileSync(`${root}/${file}`, 'utf8'))
        .join('\n');
    const unused = (dependencies: Manifest['dependencies'], text: string) =>
      Object.keys(dependencies ?? {}).filter((name) => !neverImported.includes(name) && !text.includes(`'${name}`));

    it(`${folder}: tests run from the root, where mocha's configuration expects to be`, () => {
      const up = relative(folder, '.');
      expect(manifest.scripts.test).to.equal(`cd ${up} && mocha '${folder}/test/**/*.test.ts'`);
      expect(manifest.scripts.lint).to.equal('biome check --error-on-warnings .');
    });

    it(`${folder}: every dependency is imported, by more than tests unless it says so, in an exact version`, () => {
      const { dependencies, devDependencies } = manifest;
      const tested = folder.endsWith('acceptance') ? code('src', 'test') : code('src');
      expect(unused(dependencies, tested)).to.deep.equal([]);
      expect(unused(devDependencies, code('src', 'test', 'scripts'))).to.deep.equal([]);
      for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
        expect(version, name).to.match(/^(workspace:\*|\d+\.\d+\.\d+)$/);
      }
    });
  }
});
