import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { NotHere, type OptionalTool } from './need-tools.ts';

const root = resolve(import.meta.dirname, '../..');
const requirements = await readRequirements();

/** Prints the first package that is not in the version that its argument (`name==version`) names, as `name version`. */
const CHECK = `
import sys
from importlib.metadata import PackageNotFoundError, version
for line in sys.argv[1:]:
    name, wanted = line.split("==")
    try:
        there = version(name)
    except PackageNotFoundError:
        there = None
    if there != wanted:
        print(name, there or "missing")
        sys.exit()
`;

export interface Python {
  /** The program. */
  readonly python: string;
}

/**
 * The Python of `.venv`, which `.ci/install-moto` makes, if each package is in the version of `.ci/requirements.txt`. No
 * other Python is asked: what it happens to have makes other plans than the tests expect. `MOTO_PYTHON` names one to use
 * instead of `.venv`'s; it is held to the same versions.
 *
 * @param what the package that the tests are after
 */
function pythonWith(what: string): OptionalTool<Python> {
  const wanted = requirements.toSorted((a, b) => Number(b.startsWith(`${what}==`)) - Number(a.startsWith(`${what}==`)));
  return {
    name: (wanted[0] ?? what).replace('==', ' '),
    remedy: 'bash .ci/install-moto',
    find: async () => {
      const python = process.env.MOTO_PYTHON ?? join(root, '.venv/bin/python');
      const where = process.env.MOTO_PYTHON === undefined ? '.venv' : 'MOTO_PYTHON';
      if (!existsSync(python)) return new NotHere();
      try {
        // Isolated: neither PYTHONPATH nor the user's own packages count, since the tests do not pass them on.
        const { stdout } = await promisify(execFile)(python, ['-I', '-c', CHECK, ...wanted]);
        const wrong = stdout.trim();
        return wrong === '' ? { python } : new NotHere(`${wrong} in ${where}`);
      } catch {
        return new NotHere(`a Python that does not run in ${where}`);
      }
    },
  };
}

async function readRequirements(): Promise<string[]> {
  const text = await readFile(join(root, '.ci/requirements.txt'), 'utf8');
  return text.split('\n').filter((line) => /^[\w.-]+==\S+$/.test(line));
}

/** Moto's server, an emulator of AWS. */
export const moto = pythonWith('moto');

/** What the example client in Python imports. */
export const pythonWebSockets = pythonWith('websockets');
