import type { Parsed, Path } from './ast.ts';
import { Reader } from './reader.ts';

/** Parses a projection: document paths with commas between them. @throws {ExpressionError} */
export function parseProjection(source: string): Parsed<readonly Path[]> {
  const reader = new Reader(source);
  const tree = [reader.path()];
  while (reader.skip(',')) tree.push(reader.path());
  reader.end();
  return { tree, names: [...reader.names], values: [] };
}
