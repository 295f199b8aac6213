/** Just enough of the query language of CloudWatch Logs Insights to see which fields a query names. */

const words = new Set([
  ...['fields', 'filter', 'stats', 'sort', 'limit', 'display', 'dedup', 'parse', 'by', 'as', 'asc', 'desc'],
  ...['and', 'or', 'not', 'in', 'like', 'ispresent', 'isblank', 'strcontains'],
  ...['count', 'count_distinct', 'avg', 'sum', 'min', 'max', 'pct', 'bin', 'earliest', 'latest'],
]);

/** The queries of a page: code blocks marked `logs-insights`. */
export const queriesIn = (markdown: string): string[] =>
  [...markdown.matchAll(/^```logs-insights\n([\s\S]*?)^```$/gm)].map(([, query = '']) => query);

/** Names of fields, without those that the query itself makes with `as`. */
export function fieldsOf(query: string): string[] {
  const bare = query.replaceAll(/"[^"]*"|'[^']*'|\blike\s+\/(?:\\.|[^/\n])+\//g, ' ');
  const made = new Set([...bare.matchAll(/\bas\s+(\w+)/g)].map(([, name]) => name));
  const names = [...bare.matchAll(/(?<![\w.@])@?[A-Za-z_][\w.]*/g)].map(([name]) => name);
  return [...new Set(names)].filter((name) => !words.has(name) && !made.has(name));
}

/** Each text that a field is compared with: by `=`, `!=`, `in` or `like`. */
export function literalsOf(query: string): { field: string; literal: string }[] {
  return [...query.matchAll(/([@\w.]+)\s+(?:=|!=|in)\s+(\[[^\]]*\]|"[^"]*")/g)].flatMap(([, field = '', list = '']) =>
    [...list.matchAll(/"([^"]*)"/g)].map(([, literal = '']) => ({ field, literal })),
  );
}
