/**
 * Days for which CloudWatch can keep a log group.
 * @see CloudWatch Logs API, PutRetentionPolicy, `retentionInDays`
 */
export const retentionDaysOffered = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

/**
 * A Terraform expression for the shortest retention that CloudWatch offers and that keeps `hours` of logs.
 * It is a chain of comparisons, which every reader of the stack can evaluate, also one without `for` and `min`.
 * @param hours a Terraform expression, e.g. `var.data_retention_hours`
 */
export function retentionDays(hours: string): string {
  const longest = retentionDaysOffered[retentionDaysOffered.length - 1];
  const chain = retentionDaysOffered
    .slice(0, -1)
    .reduceRight<string>((longer, days) => `${hours} <= ${days * 24} ? ${days} : (${longer})`, `${longest}`);
  return `\${${chain}}`;
}
