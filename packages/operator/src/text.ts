/** Returns a time as ISO 8601 in this machine's time zone, to the second: `2026-11-24T16:15:46+01:00`. */
export function localTime(atMs: number): string {
  const date = new Date(atMs);
  const offsetMinutes = -date.getTimezoneOffset();
  const shifted = new Date(atMs + offsetMinutes * 60_000).toISOString().slice(0, 19);
  const two = (value: number) => String(Math.floor(Math.abs(value))).padStart(2, '0');
  return `${shifted}${offsetMinutes < 0 ? '-' : '+'}${two(offsetMinutes / 60)}:${two(offsetMinutes % 60)}`;
}

/** Lines up the columns of a table; the first row is its head. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
  return rows.map((row) => line(row).trimEnd()).join('\n');
}

/** Lines up facts, one a line; leaves out those without a value. */
export function facts(entries: readonly (readonly [name: string, value: string | undefined])[]): string {
  const known = entries.filter((entry): entry is readonly [string, string] => entry[1] !== undefined);
  const width = Math.max(...known.map(([name]) => name.length));
  return known.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join('\n');
}

/** Writes a number with its noun: `1 listener`, `12 listeners`. */
export const counted = (count: number, noun: string, plural = `${noun}s`): string =>
  `${count} ${count === 1 ? noun : plural}`;
