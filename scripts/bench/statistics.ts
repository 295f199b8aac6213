/** @returns the middle value; the mean of the two middle ones of an even number @throws {RangeError} no values */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  if (upper === undefined || lower === undefined) throw new RangeError('The median of no values');
  return (upper + lower) / 2;
}

/** @param percent 0 to 100 @returns the smallest value that so many per cent of them do not exceed @throws {RangeError} no values */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
  if (value === undefined) throw new RangeError('A percentile of no values');
  return value;
}
