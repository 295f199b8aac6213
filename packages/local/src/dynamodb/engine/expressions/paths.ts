import { type AttributeValue, emptyItem, type Item, type MutableItem } from '../values/attribute-value.ts';
import type { ResolvedPath } from './bindings.ts';
import { ExpressionError } from './lexer.ts';

/**
 * Checks that no two paths of an expression are the same, within each other, or take one thing for a list and a map.
 * @throws {ExpressionError}
 */
export function checkDistinctPaths(paths: readonly ResolvedPath[]): void {
  for (const [at, path] of paths.entries()) {
    for (let before = 0; before < at; before++) {
      const earlier = paths[before] as ResolvedPath;
      const shorter = Math.min(path.length, earlier.length);
      let step = 0;
      while (step < shorter && path[step] === earlier[step]) step++;
      // Only what is refused is written down: there may be a thousand paths, and so half a million pairs.
      const both = () => `path one: ${shown(earlier)}, path two: ${shown(path)}`;
      if (step === shorter) {
        throw new ExpressionError(
          `Two document paths overlap with each other; must remove or rewrite one of these paths; ${both()}`,
        );
      }
      if (typeof path[step] !== typeof earlier[step]) {
        throw new ExpressionError(
          `Two document paths conflict with each other; must remove or rewrite one of these paths; ${both()}`,
        );
      }
    }
  }
}

const shown = (path: ResolvedPath): string =>
  `[${path.map((step) => (typeof step === 'number' ? `[${step}]` : step)).join(', ')}]`;

/** Takes the named parts out of an item, with what leads to them; parts of a list close up. */
export function project(item: Item, paths: readonly ResolvedPath[]): MutableItem {
  const tree: Tree = new Map();
  for (const path of paths) {
    let node = tree;
    for (const step of path) {
      const next: Tree = node.get(step) ?? new Map();
      node.set(step, next);
      node = next;
    }
  }
  return takeNames(item, tree);
}

/** What is wanted of a document: no branches mean all of it. */
type Tree = Map<string | number, Tree>;

function takeNames(item: Item, tree: Tree): MutableItem {
  const taken = emptyItem();
  for (const [step, branch] of tree) {
    const value = item[step];
    const part = value === undefined || typeof step === 'number' ? undefined : take(value, branch);
    if (part !== undefined) taken[step] = part;
  }
  return taken;
}

function take(value: AttributeValue, tree: Tree): AttributeValue | undefined {
  if (tree.size === 0) return value;
  if (value.M !== undefined) {
    const M = takeNames(value.M, tree);
    return Object.keys(M).length === 0 ? undefined : { M };
  }
  if (value.L === undefined) return undefined;
  const positions = [...tree.keys()].filter((step) => typeof step === 'number').sort((a, b) => a - b);
  const L = positions.flatMap((at) => {
    const member = value.L?.[at];
    const part = member && take(member, tree.get(at) ?? new Map());
    return part === undefined ? [] : [part];
  });
  return L.length === 0 ? undefined : { L };
}
