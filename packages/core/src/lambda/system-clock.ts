import type { Clock } from '../sessions/ports.ts';

export const systemClock: Clock = { nowMs: Date.now };
