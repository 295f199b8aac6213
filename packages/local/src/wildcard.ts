/**
 * Whether an IAM pattern covers a value: `*` stands for any run of characters (slashes and colons included),
 * `?` for exactly one. Case-sensitive, as ARNs are.
 */
export function matchesWildcard(pattern: string, value: string): boolean {
  // Greedy with one backtrack point: linear for the patterns that occur, and never exponential, unlike a RegExp.
  let at = 0;
  let inPattern = 0;
  let starInPattern = -1;
  let starAt = 0;
  while (at < value.length) {
    const expected = pattern[inPattern];
    if (expected === '*') {
      starInPattern = inPattern++;
      starAt = at;
    } else if (expected === '?' || expected === value[at]) {
      inPattern++;
      at++;
    } else if (starInPattern >= 0) {
      inPattern = starInPattern + 1;
      at = ++starAt;
    } else {
      return false;
    }
  }
  while (pattern[inPattern] === '*') inPattern++;
  return inPattern === pattern.length;
}
