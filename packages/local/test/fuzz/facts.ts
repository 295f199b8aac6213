import type { Credentials } from '../../src/index.ts';

/** What inputs need to know of the server, to be more than refused. */
export interface Facts {
  readonly host: string;
  readonly stage: string;
  readonly region: string;
  readonly credentials: Credentials;
  readonly tables: readonly string[];
  readonly functions: readonly string[];
  /** A message of the application, to be mutated. */
  readonly messages: readonly object[];
  /** Subprotocols that a handshake offers. */
  readonly protocols: readonly string[];
}
