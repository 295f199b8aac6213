/**
 * A number from 0 to 1 (exclusive) that follows from its arguments alone, so that a decision does not depend on which
 * others were made before it.
 * @param key whose series of numbers it is
 * @param n position in the series
 */
export function drawOf(seed: number, key: string, n: number): number {
  let hash = 2166136261 ^ seed;
  // FNV-1a over the key, then the finalizer of MurmurHash3 over the position: well mixed, and no state to keep.
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 16777619);
  hash = mix(hash);
  hash = mix(hash ^ Math.imul(n, 0x9e3779b1));
  return (hash >>> 0) / 2 ** 32;
}

function mix(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
