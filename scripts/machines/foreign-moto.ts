import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Makes a Python in a folder (`bin/python3`) which happens to have another moto than the tests want. */
export function makeForeignMoto(folder: string, python3 = 'python3'): { readonly python: string } {
  execFileSync(python3, ['-m', 'venv', '--without-pip', folder]);
  const python = join(folder, 'bin/python3');
  const packages = execFileSync(python, ['-c', 'import sysconfig; print(sysconfig.get_path("purelib"))'])
    .toString()
    .trim();
  for (const name of ['moto', 'flask', 'websockets']) {
    mkdirSync(join(packages, name));
    writeFileSync(join(packages, name, '__init__.py'), '');
    mkdirSync(join(packages, `${name}-5.2.1.dist-info`));
    writeFileSync(
      join(packages, `${name}-5.2.1.dist-info/METADATA`),
      `Metadata-Version: 2.1\nName: ${name}\nVersion: 5.2.1\n`,
    );
  }
  return { python };
}
