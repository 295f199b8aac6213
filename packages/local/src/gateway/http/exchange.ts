import type { ServedStage } from '../connection.ts';
import type { FormatLine } from './access-log.ts';
import type { HttpAuthorizer } from './event.ts';
import type { HttpRequest } from './request.ts';
import type { SelectedRoute } from './routes.ts';

/** A stage of an HTTP API, and the state that it has while it is served. */
export interface HttpStage extends ServedStage {
  /** Absent: it has no access log. */
  readonly formatLine?: FormatLine;
}

/** What is known of a request while it is worked on; what is absent was not found, or not looked for. */
export interface Exchange {
  readonly request: HttpRequest;
  stage?: HttpStage;
  selected?: SelectedRoute;
  authorizer?: HttpAuthorizer;
  /** Milliseconds of the clock. */
  integrationLatencyMs?: number;
}
