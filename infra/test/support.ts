import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lambdaNames } from '../../scripts/lambdas.ts';
import { type EnvironmentName, type SynthesizedStack, type SynthesizeOptions, synthesize } from '../src/index.ts';

/** Every function that there is code for. */
export const lambdas = lambdaNames();

/** A temporary folder with a bundle for each function, whose content is the function's name. */
export function makeFolder(names: readonly string[] = lambdas): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'sessions-infra-'));
  for (const name of names) {
    const dist = join(folder, 'functions', name, 'dist');
    mkdirSync(dist, { recursive: true });
    writeFileSync(join(dist, 'function.zip'), name);
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Writes the environments' stacks, on the bundles of `makeFolder`. */
export const synthesizeInto = (
  folder: string,
  environments: readonly EnvironmentName[],
  protections: SynthesizeOptions['protections'] = {},
): SynthesizedStack[] =>
  synthesize({ environments, outdir: join(folder, 'out'), functionsFolder: join(folder, 'functions'), protections });

export type Values = Readonly<Record<string, unknown>>;

/** A synthesized stack to ask about. */
export interface ReadStack {
  readonly json: Readonly<
    Record<'terraform' | 'provider' | 'variable' | 'output' | 'resource', Record<string, Values>>
  >;
  /**
   * Resources of a type by where they are in the stack, e.g. `connection/function`. A reference reads the same way:
   * `<connection/function arn>`.
   */
  resources(type: string): Record<string, Values>;
}

/** Synthesizes one environment and reads it. */
export function readStack(environment: EnvironmentName, { isProtected }: { isProtected?: boolean } = {}): ReadStack {
  const { folder, remove } = makeFolder();
  try {
    const protections = isProtected === undefined ? {} : { [environment]: isProtected };
    const [stack] = synthesizeInto(folder, [environment], protections);
    return parseStack(readFileSync(stack?.file ?? '', 'utf8'));
  } finally {
    remove();
  }
}

function parseStack(text: string): ReadStack {
  type Raw = Record<string, Record<string, Values & { '//'?: { metadata: { path: string; uniqueId: string } } }>>;
  const raw = JSON.parse(text) as ReadStack['json'] & { resource: Raw };
  const places = new Map<string, string>();
  for (const [type, resources] of Object.entries(raw.resource)) {
    for (const [id, resource] of Object.entries(resources)) {
      places.set(`${type}.${id}`, (resource['//']?.metadata.path ?? id).replace(/^[^/]+\//, ''));
    }
  }
  const readable = text
    .replace(/\$\{(aws_\w+\.[\w-]+)\.([\w.]+)\}/g, (whole, address, attribute) =>
      places.has(address) ? `<${places.get(address)} ${attribute}>` : whole,
    )
    .replace(/"(aws_\w+\.[\w-]+)"/g, (whole, address) => (places.has(address) ? `"<${places.get(address)}>"` : whole));
  const { resource } = JSON.parse(readable) as { resource: Raw };
  return {
    json: raw,
    resources: (type) =>
      Object.fromEntries(
        Object.entries(resource[type] ?? {}).map(([id, { '//': _, ...values }]) => [
          places.get(`${type}.${id}`) ?? id,
          values,
        ]),
      ),
  };
}
