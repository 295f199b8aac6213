import { connectionHash } from '../lambda/pseudonym.ts';
import { secondsToMs } from '../lambda/settings.ts';
import { nameOf } from '../lambda/telemetry.ts';
import { createReplayMissed, type ReplayMissed } from '../sessions/index.ts';
import { openDeliverer } from './delivery.ts';
import type { Ports } from './ports.ts';

export interface ReplayConfig {
  readonly DELIVERER_FUNCTION: string;
  readonly HISTORY_SECONDS: number;
}

/** The names of these settings, and of the log's table, for a function's configuration. */
export const REPLAY_SETTINGS = ['MESSAGES_TABLE', 'DELIVERER_FUNCTION', 'HISTORY_SECONDS'] as const;

/** Opens the way for messages that a connection has missed; a replay that the deliverer did not take is logged. */
export const openReplayMissed = (
  { messageLog, clock, telemetry: { logger } }: Ports,
  { DELIVERER_FUNCTION, HISTORY_SECONDS }: ReplayConfig,
): ReplayMissed =>
  createReplayMissed({
    messageLog,
    clock,
    deliverer: openDeliverer(DELIVERER_FUNCTION),
    onReplayFailed: (connectionId, error) =>
      logger.warn('Replay not handed over', { to: connectionHash(connectionId), reason: nameOf(error) }),
    settings: { historyMs: secondsToMs(HISTORY_SECONDS) },
  });
