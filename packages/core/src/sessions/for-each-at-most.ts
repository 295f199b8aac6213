/** Runs `work` on every item, at most `limit` at once. Goes on after a failure, and throws the first one at the end. */
export async function forEachAtMost<T>(
  limit: number,
  items: Iterable<T> | AsyncIterable<T>,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const inFlight = new Set<Promise<void>>();
  const failures: unknown[] = [];
  for await (const item of items) {
    if (inFlight.size >= limit) await Promise.race(inFlight);
    const done: Promise<void> = work(item)
      .catch((error) => void failures.push(error))
      .finally(() => inFlight.delete(done));
    inFlight.add(done);
  }
  await Promise.all(inFlight);
  if (failures.length > 0) throw failures[0];
}
