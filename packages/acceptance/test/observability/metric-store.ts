/** One value of one metric, as CloudWatch takes it. */
export interface Datapoint {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly value: number;
  readonly timestampMs: number;
}

export type MetricId = Pick<Datapoint, 'namespace' | 'name' | 'dimensions'>;

/** A metric is its namespace, its name, and exactly its dimensions: one more, or another value, is another metric. */
export const keyOf = ({ namespace, name, dimensions }: MetricId): string =>
  JSON.stringify([namespace, name, Object.entries(dimensions).sort()]);

/** What CloudWatch has got. */
export class MetricStore {
  readonly #series = new Map<string, { metric: MetricId; points: Datapoint[] }>();

  add(point: Datapoint): void {
    const key = keyOf(point);
    const series = this.#series.get(key) ?? { metric: point, points: [] };
    series.points.push(point);
    this.#series.set(key, series);
  }

  has(metric: MetricId): boolean {
    return this.#series.has(keyOf(metric));
  }

  metrics(): MetricId[] {
    return [...this.#series.values()].map(({ metric }) => metric);
  }

  /** When the latest value came; `-Infinity` if none did. */
  lastMs(): number {
    return Math.max(...[...this.#series.values()].flatMap(({ points }) => points.map((point) => point.timestampMs)));
  }

  /** The values within `[startMs, endMs)`. */
  values(metric: MetricId, startMs: number, endMs: number): number[] {
    return (this.#series.get(keyOf(metric))?.points ?? [])
      .filter(({ timestampMs }) => timestampMs >= startMs && timestampMs < endMs)
      .map(({ value }) => value);
  }
}
