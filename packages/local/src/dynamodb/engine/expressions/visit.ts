import type { Path } from './ast.ts';
import type { Bound, ResolvedPath } from './bindings.ts';

/** Lists the document paths in an expression, with their placeholders filled in. */
export function pathsIn({ tree, bindings }: Bound<unknown>): ResolvedPath[] {
  const paths: Path[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    if ('path' in node && Array.isArray(node.path)) paths.push(node.path as Path);
    for (const part of Object.values(node)) visit(part);
  };
  visit(tree);
  return paths.map((path) => bindings.resolve(path));
}
