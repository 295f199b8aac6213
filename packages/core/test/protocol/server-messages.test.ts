import { expect } from 'chai';
import { serverMessages } from '../../src/protocol/index.ts';

const now = { state: 'active', revision: 1, broadcastState: { paused: false, muted: false, volume: 1 } };
const positions = { epoch: 1_764_000_000_000, positions: { es: 12, all: 0 } };
const sessionId = 'faithful-shepherd-427';
const withState = {
  sessionInterrupted: { type: 'sessionInterrupted', sessionId, ...now, graceSeconds: 30 },
  sessionResumed: { type: 'sessionResumed', sessionId, ...now },
  broadcastStateChanged: { type: 'broadcastStateChanged', sessionId, ...now },
  languageChanged: { type: 'languageChanged', sessionId, targetLanguage: 'es', ...now, ...positions },
  heartbeatAck: { type: 'heartbeatAck', sessionId, timestamp: 1, connectionExpiresAt: 2, ...now, ...positions },
  recovery: { type: 'recovery', sessionId, ...now, ...positions, recovered: true },
} as const;

describe('Server messages', () => {
  for (const [type, message] of Object.entries(withState)) {
    it(`${type} says state, revision and what to do with the audio, all of it`, () => {
      const schema = serverMessages[type as keyof typeof withState];
      expect(schema.safeParse(message).success).to.equal(true);
      for (const name of Object.keys(now)) {
        expect(schema.safeParse({ ...message, [name]: undefined }).success, name).to.equal(false);
      }
      expect(schema.safeParse({ ...message, revision: 0 }).success).to.equal(false);
      expect(schema.safeParse({ ...message, state: 'paused' }).success).to.equal(false);
    });
  }

  for (const type of ['languageChanged', 'heartbeatAck', 'recovery'] as const) {
    it(`${type} says where the channels stand`, () => {
      const schema = serverMessages[type];
      const message = withState[type];
      for (const name of Object.keys(positions)) {
        expect(schema.safeParse({ ...message, [name]: undefined }).success, name).to.equal(false);
      }
      expect(schema.safeParse({ ...message, positions: { es: -1 } }).success).to.equal(false);
    });
  }

  it('tell the revision of an end and of a replaced speaker as well', () => {
    const replaced = { type: 'speakerReplaced', sessionId, revision: 3 };
    expect(serverMessages.speakerReplaced.safeParse(replaced).success).to.equal(true);
    expect(serverMessages.speakerReplaced.safeParse({ ...replaced, revision: undefined }).success).to.equal(false);
    const ended = { type: 'sessionEnded', sessionId, revision: 3, reason: 'operatorEnded' };
    expect(serverMessages.sessionEnded.safeParse(ended).success).to.equal(true);
    expect(serverMessages.sessionEnded.safeParse({ ...ended, revision: undefined }).success).to.equal(false);
    expect(serverMessages.sessionEnded.safeParse({ ...ended, reason: 'unknown' }).success).to.equal(false);
  });
});
