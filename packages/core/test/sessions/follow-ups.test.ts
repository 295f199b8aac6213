import { expect } from 'chai';
import { lifecycleEvents } from '../../src/protocol/index.ts';
import { followUpsOf, sessionEndedEvent } from '../../src/sessions/follow-ups.ts';
import type { Session } from '../../src/sessions/model.ts';
import { sampleScheduled, sampleSession } from '../support/samples.ts';

const id = 'faithful-shepherd-427';
const facts = { sessionId: id, createdAt: 1_000_000, revision: 2 };
const state = { paused: false, muted: false, volume: 1 };
const nothing = { tasks: [], events: [], isEndComplete: false, isSpeakerNew: false };
const without = (session: Session, ...names: (keyof Session)[]): Session => {
  const rest: Partial<Record<keyof Session, unknown>> = { ...session };
  for (const name of names) delete rest[name];
  return rest as unknown as Session;
};
const before = sampleSession();
const interrupted = (change: Partial<Session> = {}) =>
  without(
    sampleSession({ state: 'interrupted', interruptedAt: 2_000_000, revision: 2, ...change }),
    'speakerConnectionId',
  );
const ended = (change: Partial<Session> = {}) =>
  sampleSession({ state: 'ended', endedAt: 2_000_500, endReason: 'speakerEnded', revision: 2, ...change });

/** Every change of a session, and what follows from it. */
const table: readonly {
  change: string;
  before?: Session;
  after: Session;
  follows: object;
}[] = [
  {
    change: 'a session is created',
    after: sampleSession({ sourceLanguage: 'en-GB', qualityTier: 'premium' }),
    follows: {
      events: [
        {
          type: 'SessionStarted',
          detail: {
            ...facts,
            revision: 1,
            sourceLanguage: 'en-GB',
            qualityTier: 'premium',
            expiresAt: 8_200_000,
          },
        },
      ],
    },
  },
  {
    change: 'a session is written over one of the same ID that ended long ago',
    before: sampleSession({ state: 'ended', createdAt: 500_000, endCompletedAt: 600_000, speakerClientId: 'tab-1' }),
    after: sampleSession({ speakerConnectionId: 'speaker-2' }),
    follows: {
      events: [
        {
          type: 'SessionStarted',
          detail: { ...facts, revision: 1, sourceLanguage: 'en', qualityTier: 'standard', expiresAt: 8_200_000 },
        },
      ],
    },
  },
  {
    change: 'a session is created ahead of time',
    after: sampleScheduled(),
    follows: {
      events: [
        {
          type: 'SessionScheduled',
          detail: {
            ...facts,
            revision: 1,
            sourceLanguage: 'en',
            qualityTier: 'standard',
            startsAt: 4_600_000,
            expiresAt: 91_000_000,
          },
        },
      ],
    },
  },
  {
    change: 'the speaker of a scheduled session comes: those who wait are notified',
    before: sampleScheduled(),
    after: sampleSession({ startsAt: 4_600_000, startedAt: 4_500_000, expiresAt: 11_700_000, revision: 2 }),
    follows: {
      listeners: {
        task: 'notifyListeners',
        sessionId: id,
        message: { type: 'sessionStarted', sessionId: id, state: 'active', revision: 2, broadcastState: state },
      },
      events: [
        {
          type: 'SessionStarted',
          detail: { ...facts, sourceLanguage: 'en', qualityTier: 'standard', expiresAt: 11_700_000 },
        },
      ],
      isSpeakerNew: true,
    },
  },
  {
    change: 'a scheduled session ends, and its speaker never came',
    before: sampleScheduled(),
    after: sampleScheduled({ state: 'ended', endedAt: 2_000_500, endReason: 'expired', revision: 2 }),
    follows: { tasks: [{ task: 'completeEnd', sessionId: id, createdAt: 1_000_000 }] },
  },
  {
    change: 'the speaker is lost',
    before,
    after: interrupted(),
    follows: {
      listeners: {
        task: 'notifyListeners',
        sessionId: id,
        message: {
          type: 'sessionInterrupted',
          sessionId: id,
          state: 'interrupted',
          revision: 2,
          broadcastState: state,
          graceSeconds: 30,
        },
      },
      events: [{ type: 'SessionInterrupted', detail: { ...facts, interruptedAt: 2_000_000, graceSeconds: 30 } }],
    },
  },
  {
    change: 'the speaker comes back',
    before: interrupted(),
    after: sampleSession({ speakerConnectionId: 'speaker-2', revision: 3 }),
    follows: {
      listeners: {
        task: 'notifyListeners',
        sessionId: id,
        message: { type: 'sessionResumed', sessionId: id, state: 'active', revision: 3, broadcastState: state },
      },
      events: [{ type: 'SessionResumed', detail: { ...facts, revision: 3 } }],
      isSpeakerNew: true,
    },
  },
  {
    change: 'another client of the speaker comes back instead',
    before: interrupted({ speakerClientId: 'tab-1' }),
    after: sampleSession({ speakerConnectionId: 'speaker-2', speakerClientId: 'tab-2', revision: 3 }),
    follows: {
      listeners: {
        task: 'notifyListeners',
        sessionId: id,
        message: { type: 'sessionResumed', sessionId: id, state: 'active', revision: 3, broadcastState: state },
      },
      events: [{ type: 'SessionResumed', detail: { ...facts, revision: 3 } }],
      isSpeakerNew: true,
    },
  },
  {
    change: 'the speaker moves to another connection of the same client',
    before: sampleSession({ speakerClientId: 'tab-1' }),
    after: sampleSession({ speakerConnectionId: 'speaker-2', speakerClientId: 'tab-1', revision: 2 }),
    follows: { isSpeakerNew: true },
  },
  {
    change: 'the speaker moves to another connection, and no client has a name',
    before,
    after: sampleSession({ speakerConnectionId: 'speaker-2', revision: 2 }),
    follows: { isSpeakerNew: true },
  },
  ...(
    [
      ['tab-1', 'tab-2'],
      ['tab-1', undefined],
      [undefined, 'tab-2'],
    ] as const
  ).map(([old, now]) => ({
    change: `the client ${now ?? 'without a name'} takes the session from ${old ?? 'one without a name'}`,
    before: sampleSession(old === undefined ? {} : { speakerClientId: old }),
    after: sampleSession({
      speakerConnectionId: 'speaker-2',
      revision: 2,
      ...(now === undefined ? {} : { speakerClientId: now }),
    }),
    follows: {
      tasks: [
        {
          task: 'notifyConnection',
          connectionId: 'speaker-1',
          message: { type: 'speakerReplaced', sessionId: id, revision: 2 },
          close: true,
        },
      ],
      isSpeakerNew: true,
    },
  })),
  ...(['paused', 'muted', 'volume'] as const).map((name) => {
    const broadcastState = { ...state, ...(name === 'volume' ? { volume: 0.5 } : { [name]: true }) };
    return {
      change: `the speaker changes ${name}`,
      before,
      after: sampleSession({ broadcastState, revision: 2 }),
      follows: {
        listeners: {
          task: 'notifyListeners',
          sessionId: id,
          message: { type: 'broadcastStateChanged', sessionId: id, state: 'active', revision: 2, broadcastState },
        },
      },
    };
  }),
  {
    change: 'the speaker sets the broadcast to what it was',
    before,
    after: sampleSession({ broadcastStateChangedAt: 2_000_000, revision: 2 }),
    follows: {},
  },
  ...(['active', 'interrupted'] as const).map((from) => ({
    change: `a session that was ${from} ends: its listeners are part of the end`,
    before: from === 'active' ? before : interrupted(),
    after: ended(),
    follows: { tasks: [{ task: 'completeEnd', sessionId: id, createdAt: 1_000_000 }] },
  })),
  {
    change: 'the end is complete: the event follows with the totals',
    before: ended(),
    after: ended({ endCompletedAt: 2_001_000, revision: 3 }),
    follows: { isEndComplete: true },
  },
  {
    change: 'a session whose end is complete is written once more: it ends once',
    before: ended({ endCompletedAt: 2_001_000, revision: 3 }),
    after: ended({ endCompletedAt: 2_001_000, revision: 4 }),
    follows: {},
  },
  {
    change: 'an ended session is seen that says nothing new',
    before: ended(),
    after: ended(),
    follows: {},
  },
];

describe('What follows when', () => {
  for (const { change, before, after, follows } of table) {
    it(change, () => {
      const followUps = followUpsOf({ kind: 'session', ...(before && { before }), after }, { graceSeconds: 30 });
      expect(followUps).to.deep.equal({ ...nothing, ...follows });
      for (const { type, detail } of followUps.events) lifecycleEvents[type].parse(detail);
    });
  }
});

describe('SessionEnded', () => {
  it('tells reason, times, duration in whole seconds, and how often a place was taken', () => {
    const session = ended({ endedAt: 1_900_999, endCompletedAt: 1_901_500, revision: 4 });
    expect(sessionEndedEvent(session, 77)).to.deep.equal({
      type: 'SessionEnded',
      detail: {
        sessionId: id,
        createdAt: 1_000_000,
        revision: 4,
        reason: 'speakerEnded',
        endedAt: 1_900_999,
        endCompletedAt: 1_901_500,
        durationSeconds: 900,
        totalJoins: 77,
      },
    });
  });

  it('counts the duration of a scheduled session from when its speaker came', () => {
    const end = (change: Partial<Session>) => {
      const event = sessionEndedEvent(ended({ startsAt: 1_500_000, endedAt: 1_900_999, ...change }), 0);
      return event.type === 'SessionEnded' ? event.detail.durationSeconds : undefined;
    };
    expect(end({ startedAt: 1_600_000 })).to.equal(300);
    expect(end({})).to.equal(0);
  });
});
