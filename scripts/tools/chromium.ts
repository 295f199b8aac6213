import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { NotHere, type OptionalTool } from './need-tools.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
/** The oldest that the tests are written for: what the console's build is made for, and what Playwright still drives. */
const OLDEST = 120;

/** A Chromium on the PATH, or what `CHROMIUM` names, that says it is new enough. */
export const chromium: OptionalTool<{ readonly executablePath: string }> = {
  name: `Chromium ${OLDEST} or later`,
  remedy: 'bash .ci/install-chromium, or CHROMIUM=<program>',
  find: async () => {
    const { CHROMIUM, PATH = '' } = process.env;
    const candidates = PATH.split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
    let instead: string | undefined;
    for (const executablePath of CHROMIUM === undefined ? candidates : [CHROMIUM]) {
      if (!existsSync(executablePath)) continue;
      const version = await versionOf(executablePath);
      if (version !== undefined && version >= OLDEST) return { executablePath };
      instead ??= version === undefined ? `${executablePath}, which does not run` : `version ${version}`;
    }
    return new NotHere(instead);
  },
};

/** Returns the major version; undefined: the program does not run (Ubuntu's package without snap is such a one). */
async function versionOf(program: string): Promise<number | undefined> {
  try {
    const { stdout } = await promisify(execFile)(program, ['--version'], { timeout: 30_000 });
    const [, major] = /(\d+)\.\d+\.\d+/.exec(stdout) ?? [];
    return major === undefined ? undefined : Number(major);
  } catch {
    return undefined;
  }
}
