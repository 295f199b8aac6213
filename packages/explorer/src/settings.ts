/** The settings of the explored service, as deployed where a schedule can tell the difference. */
export const SETTINGS = {
  sessionMaxDurationMs: 7_200_000,
  connectionMaxDurationMs: 7_200_000,
  refreshAfterMs: 6_000_000,
  warnAfterMs: 6_300_000,
  heartbeatIntervalSeconds: 30,
  heartbeatTimeoutMs: 90_000,
  speakerGraceMs: 30_000,
  heartbeatsPerMinute: 2,
  statusRequestsPerMinute: 12,
  sessionsPerHour: 50,
  maxScheduled: 20,
  sweepMaxDurationMs: 50_000,
  historyMs: 120_000,
  messageMaxAgeMs: 10_000,
  recoveriesPerMinute: 30,
} as const;

/** 2026-01-01, so that times look like times. */
export const START_MS = 1_767_225_600_000;
