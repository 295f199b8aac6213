import type { Stage } from '../../stack/model.ts';
import { createThrottle } from '../token-bucket.ts';
import { compileAccessLog } from './access-log.ts';
import type { HttpStage } from './exchange.ts';

/** The stage of a request, and its path below it. */
export interface StagedPath {
  readonly stage: HttpStage;
  readonly path: string;
}

/**
 * Finds the stage of a request: the one that its path begins with, else `$default`, else none.
 * @see "Create routes for HTTP APIs in API Gateway", API Gateway Developer Guide
 */
export function compileStages(stages: readonly Stage[]): (path: string) => StagedPath | undefined {
  const byName = new Map(stages.map((stage) => [stage.name, served(stage)]));
  const fallback = byName.get('$default');
  return (path) => {
    const end = path.indexOf('/', 1);
    const name = path.slice(1, end < 0 ? undefined : end);
    const named = name === '$default' ? undefined : byName.get(name);
    if (named) return { stage: named, path: end < 0 ? '/' : path.slice(end) };
    return fallback && { stage: fallback, path };
  };
}

function served(stage: Stage): HttpStage {
  const { accessLogFormat } = stage;
  return {
    stage,
    throttle: createThrottle(stage),
    ...(accessLogFormat !== undefined && { formatLine: compileAccessLog(accessLogFormat) }),
  };
}
