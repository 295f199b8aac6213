import type { Facts } from './facts.ts';
import { frameInput } from './frames.ts';
import { Random } from './random.ts';
import { requestBytes } from './request-bytes.ts';
import { type Live, validRequest } from './requests.ts';

export interface Input {
  readonly index: number;
  /** `frames` go over a WebSocket that is open already. */
  readonly kind: 'requests' | 'frames';
  /** What is written, one piece after the other. */
  readonly pieces: readonly Buffer[];
  /** How the client ends: after an answer, at once with the last byte, or with a reset. */
  readonly ending: 'answer' | 'halfClose' | 'reset';
}

/** Makes one input. It follows from seed and index; only what the running server is (keys, ids) differs from run to run. */
export function inputAt(seed: number, index: number, facts: Facts, live: Live): Input {
  const random = new Random(seed, index);
  const kind = random.chance(0.4) ? 'frames' : 'requests';
  const bytes = kind === 'frames' ? frameInput(facts, random) : requests(facts, live, random);
  const ending = random.pick(['answer', 'answer', 'answer', 'halfClose', 'reset'] as const);
  return { index, kind, pieces: random.chance(0.1) ? cut(bytes, random) : [bytes], ending };
}

/** Mostly one; rarely a pipeline. */
function requests(facts: Facts, live: Live, random: Random): Buffer {
  const count = random.chance(0.15) ? 2 + random.below(2) : 1;
  return Buffer.concat(Array.from({ length: count }, () => requestBytes(validRequest(facts, live, random), random)));
}

function cut(bytes: Buffer, random: Random): Buffer[] {
  const at = random.below(bytes.length + 1);
  return [bytes.subarray(0, at), bytes.subarray(at)];
}
