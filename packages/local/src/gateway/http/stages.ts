import type { ServedStage } from '../connection.ts';

/** The stage of a request, and its path below it. */
export interface StagedPath {
  readonly stage: ServedStage;
  readonly path: string;
}

/**
 * Finds the stage of a request: the one that its path begins with, else `$default`, else none.
 * @see "Create routes for HTTP APIs in API Gateway", API Gateway Developer Guide
 */
export function compileStages(stages: readonly ServedStage[]): (path: string) => StagedPath | undefined {
  const byName = new Map(stages.map((stage) => [stage.stage.name, stage]));
  return (path) => {
    const end = path.indexOf('/', 1);
    const name = path.slice(1, end < 0 ? undefined : end);
    const named = name === '$default' ? undefined : byName.get(name);
    if (named) return { stage: named, path: end < 0 ? '/' : path.slice(end) };
    const fallback = byName.get('$default');
    return fallback && { stage: fallback, path };
  };
}
