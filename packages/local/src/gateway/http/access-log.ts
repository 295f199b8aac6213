/** The value of a variable of `$context`, by its name without it; undefined: it has none, and `-` is written. */
export type ContextValue = (name: string) => string | number | undefined;

/** Writes one line of a stage's access log. */
export type FormatLine = (read: ContextValue) => string;

/**
 * Compiles the format of `access_log_settings`: text with variables such as `$context.requestId` in it.
 * @see "Customize HTTP API access logs", API Gateway Developer Guide
 */
export function compileAccessLog(format: string): FormatLine {
  return (read) =>
    format.replaceAll(/\$context\.([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_:-]+)*)/g, (_, name: string) => {
      const value = read(name);
      return value === undefined || value === '' ? '-' : String(value);
    });
}
