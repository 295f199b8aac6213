import type { Path } from './ast.ts';
import type { Bound, ResolvedPath } from './bindings.ts';

/** By tree: expressions are parsed once, and asked for their paths at every request. */
const known = new WeakMap<object, readonly Path[]>();

/** Lists the document paths in an expression, with their placeholders filled in. */
export function pathsIn({ tree, bindings }: Bound<object>): ResolvedPath[] {
  let paths = known.get(tree);
  if (paths === undefined) {
    paths = collect(tree);
    known.set(tree, paths);
  }
  return paths.map((path) => bindings.resolve(path));
}

function collect(tree: object): Path[] {
  const paths: Path[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    if ('path' in node && Array.isArray(node.path)) paths.push(node.path as Path);
    for (const part of Object.values(node)) visit(part);
  };
  visit(tree);
  return paths;
}
