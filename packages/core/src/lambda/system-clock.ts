import { setTimeout as delay } from 'node:timers/promises';
import type { Clock, Sleep } from '../sessions/index.ts';

export const systemClock: Clock = { nowMs: Date.now };

export const systemSleep: Sleep = (milliseconds) => delay(milliseconds);
