import { enforceRateLimit, type RateLimitDeps } from './rate-limit.ts';

export interface AdmitConnectionDeps extends RateLimitDeps {
  readonly settings: { readonly connectionsPerMinute: number };
}

export interface AdmitConnectionRequest {
  /** The hashed address that the connection comes from. */
  readonly addressHash: string;
  /** Its token has been verified: never counted, so that a full room cannot keep its own speaker out. */
  readonly isSpeaker: boolean;
}

/**
 * Decides whether an address may open one more connection. The limit is against attack only: thousands of phones behind
 * one address, all at once, are the normal case.
 * @throws {ServiceError} RATE_LIMIT_EXCEEDED
 */
export const createAdmitConnection =
  (deps: AdmitConnectionDeps) =>
  async ({ addressHash, isSpeaker }: AdmitConnectionRequest): Promise<void> => {
    if (isSpeaker) return;
    const check = { operation: 'connect', subject: addressHash, windowSeconds: 60 } as const;
    await enforceRateLimit(deps.settings.connectionsPerMinute, check, deps);
  };
export type AdmitConnection = ReturnType<typeof createAdmitConnection>;
