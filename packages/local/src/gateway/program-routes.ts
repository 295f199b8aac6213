import type { FunctionInvoker, InvocationOutcome } from '../lambda/invoker.ts';
import type { Route, WebSocketApi } from '../stack/model.ts';

export interface ProgramRoutesOptions {
  readonly api: WebSocketApi;
  /** Runs what is not handed to a program. */
  readonly invoker: FunctionInvoker;
  /** Where the messages of an action go, by the action: `http://127.0.0.1:9000/`. */
  readonly urls: Readonly<Record<string, string>>;
  /** One line: a program does not answer as it should, or does so again. */
  readonly onProblem: (line: string) => void;
}

/** An API of which some routes are programs outside. */
export interface ProgramRoutes {
  readonly api: WebSocketApi;
  readonly invoker: FunctionInvoker;
  /** Waits for no program any longer. */
  stop(): void;
}

/** As for a function that the stack has: API Gateway's default, and its most. */
const INTEGRATION_TIMEOUT_MS = 29_000;
/** As many events of a function run at once. */
const MAX_IN_FLIGHT = 1000;
/** In the place of a function's ARN, which never begins so. */
const PREFIX = 'program:';

/**
 * Hands actions of a WebSocket API to programs outside, as if each were a function with a route response: its program gets the
 * event of the Lambda proxy integration as the JSON body of a POST, and what it answers is the function's result. An action
 * that the stack has is taken from its function. Everything but 2xx with JSON, or with nothing, is a function that failed.
 */
export function handRoutesToPrograms({ api, invoker, urls, onProblem }: ProgramRoutesOptions): ProgramRoutes {
  const stopped = new AbortController();
  const programs = new Map(
    Object.entries(urls).map(([action, url]) => [PREFIX + action, { action, url, inFlight: 0, isFailing: false }]),
  );
  const routes = [...programs].map(([functionArn, { action }]): [string, Route] => [
    action,
    { routeKey: action, functionArn, integrationTimeoutMs: INTEGRATION_TIMEOUT_MS, hasRouteResponse: true },
  ]);

  /** @throws {Error} why there is no result */
  async function post(url: string, event: unknown): Promise<unknown> {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(event),
      redirect: 'manual',
      signal: AbortSignal.any([stopped.signal, AbortSignal.timeout(INTEGRATION_TIMEOUT_MS)]),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`it answers ${response.status}`);
    if (text === '') return null;
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw new Error(`it answers ${JSON.stringify(text.slice(0, 80))}, which is no JSON`, { cause });
    }
  }

  return {
    api: { ...api, routes: new Map([...api.routes, ...routes]) },
    invoker: {
      async invoke(functionArn, event, source, interest): Promise<InvocationOutcome> {
        const program = programs.get(functionArn);
        if (!program) return invoker.invoke(functionArn, event, source, interest);
        if (program.inFlight >= MAX_IN_FLIGHT) return { kind: 'throttled' };
        const { action, url } = program;
        const startedAtMs = performance.now();
        const durationMs = () => performance.now() - startedAtMs;
        program.inFlight++;
        try {
          const payload = await post(url, event);
          if (program.isFailing) onProblem(`Messages ${action} reach ${url} again`);
          program.isFailing = false;
          return { kind: 'returned', payload, durationMs: durationMs() };
        } catch (error) {
          const errorMessage = reasonOf(error);
          if (!program.isFailing && !stopped.signal.aborted) {
            onProblem(`A message ${action} failed at ${url} (${errorMessage}): its client gets an error`);
          }
          program.isFailing = true;
          return {
            kind: 'failed',
            error: { errorType: 'ProgramError', errorMessage, trace: [] },
            durationMs: durationMs(),
          };
        } finally {
          program.inFlight--;
        }
      },
      invokeAsync: (...call) => invoker.invokeAsync(...call),
    },
    stop: () => stopped.abort(),
  };
}

/** `fetch` says "fetch failed", and keeps the reason for its cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  if (error instanceof Error && error.message !== 'fetch failed') return error.message;
  return 'code' in cause ? String(cause.code) : cause.message;
}
