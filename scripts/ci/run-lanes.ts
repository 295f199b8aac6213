import type { Part } from './parts.ts';
import { type PartResult, type RunPartOptions, runPart } from './run-part.ts';

type Lanes = Readonly<Record<'prepare' | 'first' | 'second', readonly Part[]>>;

export interface RunLanesOptions extends RunPartOptions {
  readonly print: (text: string) => void;
  /** How often a line says what is running: without one, a long part looks as if it hung. */
  readonly heartbeatMs?: number;
}

/**
 * Runs `prepare`, part by part, then the two lanes side by side, each part by part, whatever became of the one before. A
 * part's output is printed whole when the part has ended, so that those of two lanes do not mix.
 */
export async function runLanes(lanes: Lanes, options: RunLanesOptions): Promise<PartResult[]> {
  const { print, heartbeatMs = 30_000 } = options;
  const results: PartResult[] = [];
  const running = new Map<Part, number>();
  const heartbeat = setInterval(() => {
    const parts = [...running].map(([{ name, budgetSeconds }, startedAtMs]) => {
      return `${name} ${((performance.now() - startedAtMs) / 1000).toFixed(0)} s of ${budgetSeconds}`;
    });
    if (parts.length > 0) print(`... ${parts.join(', ')}`);
  }, heartbeatMs);

  const runLane = async (parts: readonly Part[]): Promise<void> => {
    for (const part of parts) {
      running.set(part, performance.now());
      const result = await runPart(part, options);
      running.delete(part);
      results.push(result);
      print(describeResult(result));
    }
  };
  try {
    await runLane(lanes.prepare);
    await Promise.all([runLane(lanes.first), runLane(lanes.second)]);
  } finally {
    clearInterval(heartbeat);
  }
  return results;
}

/** Returns what a part printed, between a line that names it and one that says how it ended. */
function describeResult({ part, output, seconds, failed, ended, skips }: PartResult): string {
  const outcome = failed > 0 ? 'failed' : skips.length > 0 ? 'skipped something' : 'done';
  const lines = [
    `\n=== ${part.name}: ${part.command}`,
    output.trimEnd(),
    ...(ended === undefined ? [] : [`--- ${part.name} was ended: ${ended}`]),
    `--- ${part.name}: ${outcome} in ${seconds.toFixed(0)} s`,
  ];
  return lines.filter((line) => line !== '').join('\n');
}
