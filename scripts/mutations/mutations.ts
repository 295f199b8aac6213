import { defects } from './defects.ts';
import type { Edit } from './edits.ts';
import { walks } from './walks.ts';

/** A bug that we know of, brought back. */
export interface Mutation {
  readonly name: string;
  /** Its number in the list of the defects of the first design. */
  readonly defect?: number;
  readonly edits: readonly Edit[];
  /** The test file that must fail; `model`: the walks of the model, on the whole stack. */
  readonly test: string | 'model';
  /** Of the synthesized stack, for a bug of the infrastructure. For `model` only. */
  readonly editStack?: (stack: StackJson) => void;
  /** It shows as a reply that never comes. For `model` only. */
  readonly isSilent?: boolean;
  /** A seed that leads to it soon; any other does as well, after more sequences. For `model` only. */
  readonly seed?: number;
}

export interface StackJson {
  readonly resource: Record<string, Record<string, Record<string, unknown>>>;
}

export const mutations: readonly Mutation[] = [...defects, ...walks];
