import { createHmac, timingSafeEqual } from 'node:crypto';

/** 60 bits, in 10 characters of base64url: fits a QR code, and cannot be guessed. */
const CHARACTERS = 10;

/** The keys of links and QR codes: proof that whoever sends one was given the session ID, and did not guess it. */
export interface JoinKeys {
  joinKeyOf(sessionId: string): string;
  isJoinKeyOf(sessionId: string, joinKey: string | undefined): boolean;
}

export function createJoinKeys(hmacKey: string): JoinKeys {
  const joinKeyOf = (sessionId: string) =>
    createHmac('sha256', hmacKey).update(`join ${sessionId}`).digest('base64url').slice(0, CHARACTERS);
  return {
    joinKeyOf,
    isJoinKeyOf(sessionId, joinKey) {
      if (joinKey === undefined) return false;
      const given = Buffer.from(joinKey);
      const expected = Buffer.from(joinKeyOf(sessionId));
      return given.length === expected.length && timingSafeEqual(given, expected);
    },
  };
}
