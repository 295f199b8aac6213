import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { unzipSync } from 'fflate';
import { LocalRuntimeError } from '../errors.ts';

/** The deployment package of a function is missing, or is not a zip file. */
export class PackageError extends LocalRuntimeError {
  override readonly name = 'PackageError';
  readonly code = 'PACKAGE';
  readonly packageFile: string;

  constructor(packageFile: string, what: string, options?: ErrorOptions) {
    super(`The function package ${packageFile} ${what}: build the bundles, then synthesize again`, options);
    this.packageFile = packageFile;
  }
}

/** Deployment packages, each unzipped once, when first asked for. */
export interface Packages {
  /**
   * Where the package's files are (`LAMBDA_TASK_ROOT`): a folder is its own package, and is only read.
   * @throws {PackageError} missing, or not a zip
   */
  folderOf(packageFile: string): string;
  /** Deletes what was unzipped, unless the work folder was given from outside. */
  remove(): void;
}

/** @param workFolder where to unzip to; absent: a temporary folder of its own */
export function createPackages(workFolder?: string): Packages {
  const folders = new Map<string, string>();
  let root: string | undefined;
  const rootFolder = () => {
    if (root === undefined) {
      if (workFolder !== undefined) mkdirSync(workFolder, { recursive: true });
      root = mkdtempSync(join(workFolder ?? tmpdir(), 'functions-'));
    }
    return root;
  };
  return {
    folderOf(packageFile) {
      const known = folders.get(packageFile);
      if (known !== undefined) return known;
      if (statSync(packageFile, { throwIfNoEntry: false })?.isDirectory()) return packageFile;
      const folder = join(rootFolder(), String(folders.size));
      unzip(packageFile, folder);
      folders.set(packageFile, folder);
      return folder;
    },
    remove() {
      if (root !== undefined) rmSync(root, { recursive: true, force: true });
      root = undefined;
      folders.clear();
    },
  };
}

function unzip(packageFile: string, folder: string): void {
  let files: Record<string, Uint8Array>;
  try {
    files = unzipSync(readFileSync(packageFile));
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw new PackageError(packageFile, missing ? 'does not exist' : 'is not a readable zip file', { cause });
  }
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    if (!path.startsWith(folder + sep)) throw new PackageError(packageFile, `holds ${name}, a path that leads outside`);
    if (name.endsWith('/')) {
      mkdirSync(path, { recursive: true });
    } else {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
    }
  }
}
