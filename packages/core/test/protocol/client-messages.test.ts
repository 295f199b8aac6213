import { expect } from 'chai';
import { type Action, clientMessages, parseMessage, ServiceError } from '../../src/protocol/index.ts';

/** The refusal of a message, which must be one of ours. */
function refusalOf(action: Action, message: unknown): ServiceError {
  try {
    parseMessage(clientMessages[action], typeof message === 'string' ? message : JSON.stringify(message));
  } catch (error) {
    if (error instanceof ServiceError) return error;
    throw error;
  }
  throw new Error(`Accepted ${JSON.stringify(message)}`);
}

const good = {
  createSession: [
    { action: 'createSession', sourceLanguage: 'en' },
    {
      action: 'createSession',
      sourceLanguage: 'en-GB',
      qualityTier: 'premium',
      clientId: 'tab-1',
      requestId: 'r1',
    },
  ],
  joinSession: [
    { action: 'joinSession', sessionId: 'faithful-shepherd-427', targetLanguage: 'es' },
    {
      action: 'joinSession',
      sessionId: 'Faithful Shepherd 427',
      targetLanguage: 'pt-PT',
      joinKey: 'Ab3-_xY9zQ',
      requestId: 'r1',
    },
    { action: 'joinSession', sessionId: 'a-b-100', targetLanguage: 'es', epoch: 7, since: { es: 4, all: 0 } },
    { action: 'joinSession', sessionId: 'a-b-100', targetLanguage: 'es', rewind: 100 },
  ],
  changeLanguage: [
    { action: 'changeLanguage', targetLanguage: 'es' },
    { action: 'changeLanguage', targetLanguage: 'pt-PT', requestId: 'r1' },
  ],
  heartbeat: [{ action: 'heartbeat' }, { action: 'heartbeat', sentAt: 1764000000000, requestId: 'r1' }],
  refreshConnection: [
    { action: 'refreshConnection', sessionId: 'faithful-shepherd-427', role: 'speaker' },
    {
      action: 'refreshConnection',
      sessionId: 'faithful-shepherd-427',
      role: 'listener',
      previousConnectionId: 'TXzPWdnOjoECGjA=',
      targetLanguage: 'es',
      place: '1764000000000#39',
      requestId: 'r1',
    },
    {
      action: 'refreshConnection',
      sessionId: 'faithful-shepherd-427',
      role: 'speaker',
      clientId: 'tab-1',
      takeOver: true,
      epoch: 1764000000000,
      since: { speaker: 3, all: 0 },
    },
  ],
  recover: [
    { action: 'recover', epoch: 1764000000000, since: { es: 12 } },
    { action: 'recover', epoch: 0, since: { es: 0, all: 7 }, requestId: 'r1' },
  ],
  publish: [
    { action: 'publish', to: 'all', data: null },
    { action: 'publish', to: 'es', name: 'caption', data: { text: 'Hola' }, id: 'm-1', requestId: 'r1' },
  ],
  setBroadcastState: [
    { action: 'setBroadcastState', paused: true },
    { action: 'setBroadcastState', muted: false, volume: 0 },
    { action: 'setBroadcastState', paused: false, muted: true, volume: 1, requestId: 'r1' },
  ],
  getSessionStatus: [{ action: 'getSessionStatus' }, { action: 'getSessionStatus', requestId: 'r1' }],
  endSession: [{ action: 'endSession' }, { action: 'endSession', requestId: 'r1' }],
} as const satisfies Record<Action, readonly object[]>;

describe('Client messages', () => {
  for (const [action, messages] of Object.entries(good) as [Action, readonly object[]][]) {
    describe(action, () => {
      it('are accepted as they are', () => {
        for (const message of messages) {
          expect(parseMessage(clientMessages[action], JSON.stringify(message))).to.deep.equal(message);
        }
      });

      it('are refused with an unknown field, which is named', () => {
        const { code, details, message } = refusalOf(action, { ...messages[0], audio: 'AAAA' });
        expect(code).to.equal('INVALID_PARAMETERS');
        expect(details).to.deep.equal([{ field: 'audio', problem: 'is not a field of this message' }]);
        expect(message).to.equal('audio: is not a field of this message');
      });

      it('are refused with a requestId that is empty, longer than 64 characters, or no text', () => {
        const problemWith = (requestId: unknown) => refusalOf(action, { ...messages[0], requestId }).details;
        expect(problemWith('')).to.deep.equal([{ field: 'requestId', problem: 'must be at least 1 characters' }]);
        expect(problemWith('r'.repeat(65))).to.deep.equal([
          { field: 'requestId', problem: 'must be at most 64 characters' },
        ]);
        expect(problemWith(7)).to.deep.equal([{ field: 'requestId', problem: 'must be string' }]);
        expect(problemWith(null)).to.deep.equal([{ field: 'requestId', problem: 'must be string' }]);
      });

      it('are accepted with a requestId of 1 and of 64 characters', () => {
        for (const requestId of ['r', 'r'.repeat(64)]) {
          expect(
            parseMessage(clientMessages[action], JSON.stringify({ ...messages[0], requestId })).requestId,
          ).to.equal(requestId);
        }
      });
    });
  }

  /** A message without one thing, or with one thing wrong; the field and the problem that the refusal must name. */
  const bad: readonly (readonly [Action, object, string, string])[] = [
    ['createSession', { action: 'createSession' }, 'sourceLanguage', 'is missing'],
    [
      'createSession',
      { action: 'createSession', sourceLanguage: 'en', clientId: 'tab \ud83d' },
      'clientId',
      'must not hold half of a surrogate pair',
    ],
    [
      'refreshConnection',
      { action: 'refreshConnection', sessionId: 'a-b-100', role: 'listener', previousConnectionId: '\ude00' },
      'previousConnectionId',
      'must not hold half of a surrogate pair',
    ],
    ['createSession', { action: 'createSession', sourceLanguage: 7 }, 'sourceLanguage', 'must be string'],
    ['createSession', { action: 'createSession', sourceLanguage: null }, 'sourceLanguage', 'must be string'],
    [
      'createSession',
      { action: 'createSession', sourceLanguage: '' },
      'sourceLanguage',
      'must be at least 1 characters',
    ],
    [
      'createSession',
      { action: 'createSession', sourceLanguage: 'e'.repeat(65) },
      'sourceLanguage',
      'must be at most 64 characters',
    ],
    [
      'createSession',
      { action: 'createSession', sourceLanguage: 'en', qualityTier: 'gold' },
      'qualityTier',
      'must be standard or premium',
    ],
    ['createSession', { sourceLanguage: 'en' }, 'action', 'is missing'],
    ['createSession', { action: 'heartbeat', sourceLanguage: 'en' }, 'action', 'must be createSession'],
    ['recover', { action: 'recover', since: { es: 1 } }, 'epoch', 'is missing'],
    ['recover', { action: 'recover', epoch: 7 }, 'since', 'is missing'],
    ['recover', { action: 'recover', epoch: 7, since: {} }, 'since', 'must name 1 to 8 channels'],
    ['recover', { action: 'recover', epoch: 7, since: { es: 0.5 } }, 'since.es', 'must be int'],
    [
      'joinSession',
      { action: 'joinSession', sessionId: 'a-b-100', targetLanguage: 'es', rewind: 101 },
      'rewind',
      'must be at most 100',
    ],
    ['joinSession', { action: 'joinSession', targetLanguage: 'es' }, 'sessionId', 'is missing'],
    ['joinSession', { action: 'joinSession', sessionId: 'a-b-100' }, 'targetLanguage', 'is missing'],
    ['joinSession', { action: 'joinSession', sessionId: ['a'], targetLanguage: 'es' }, 'sessionId', 'must be string'],
    [
      'joinSession',
      { action: 'joinSession', sessionId: 's'.repeat(65), targetLanguage: 'es' },
      'sessionId',
      'must be at most 64 characters',
    ],
    [
      'joinSession',
      { action: 'joinSession', sessionId: 'a-b-100', targetLanguage: 'es', joinKey: '' },
      'joinKey',
      'must be at least 1 characters',
    ],
    ['changeLanguage', { action: 'changeLanguage' }, 'targetLanguage', 'is missing'],
    ['changeLanguage', { action: 'changeLanguage', targetLanguage: 7 }, 'targetLanguage', 'must be string'],
    [
      'createSession',
      { action: 'createSession', sourceLanguage: 'en', clientId: 'c'.repeat(65) },
      'clientId',
      'must be at most 64 characters',
    ],
    ['setBroadcastState', { action: 'setBroadcastState', paused: 'yes' }, 'paused', 'must be boolean'],
    ['setBroadcastState', { action: 'setBroadcastState', muted: 1 }, 'muted', 'must be boolean'],
    ['setBroadcastState', { action: 'setBroadcastState', volume: 1.01 }, 'volume', 'must be at most 1'],
    ['setBroadcastState', { action: 'setBroadcastState', volume: -0.1 }, 'volume', 'must be at least 0'],
    ['heartbeat', { action: 'heartbeat', sentAt: '1' }, 'sentAt', 'must be number'],
    ['heartbeat', { action: 'heartbeat', sentAt: 1.5 }, 'sentAt', 'must be int'],
    ['heartbeat', { action: 'heartbeat', sentAt: -1 }, 'sentAt', 'must be at least 0'],
    ['refreshConnection', { action: 'refreshConnection', role: 'speaker' }, 'sessionId', 'is missing'],
    ['refreshConnection', { action: 'refreshConnection', sessionId: 'a-b-100' }, 'role', 'is missing'],
    [
      'refreshConnection',
      { action: 'refreshConnection', sessionId: 'a-b-100', role: 'admin' },
      'role',
      'must be speaker or listener',
    ],
    [
      'refreshConnection',
      { action: 'refreshConnection', sessionId: 'a-b-100', role: 'listener', previousConnectionId: 5 },
      'previousConnectionId',
      'must be string',
    ],
    ...['0', '#1', '1#', '1#1#1', 'a#1', '1234567890123456#1', '1#1234', ' 1#1'].map(
      (place) =>
        [
          'refreshConnection',
          { action: 'refreshConnection', sessionId: 'a-b-100', role: 'listener', place },
          'place',
          'must be the `place` of the last reply',
        ] as const,
    ),
    [
      'refreshConnection',
      { action: 'refreshConnection', sessionId: 'a-b-100', role: 'speaker', takeOver: 'yes' },
      'takeOver',
      'must be boolean',
    ],
    ['endSession', {}, 'action', 'is missing'],
  ];
  for (const [action, message, field, problem] of bad) {
    it(`${action}: ${JSON.stringify(message).slice(0, 80)} is refused: ${field} ${problem}`, () => {
      const { code, details } = refusalOf(action, message);
      expect(code).to.equal('INVALID_PARAMETERS');
      expect(details.map((detail) => [detail.field, detail.problem])).to.deep.equal([[field, problem]]);
    });
  }

  it('setBroadcastState with nothing to set is refused, saying what it needs', () => {
    const { code, details, message } = refusalOf('setBroadcastState', { action: 'setBroadcastState', requestId: 'r1' });
    expect(code).to.equal('INVALID_PARAMETERS');
    expect(details).to.deep.equal([{ problem: 'needs at least one of paused, muted and volume' }]);
    expect(message).to.equal('needs at least one of paused, muted and volume');
  });

  it('are refused with every wrong field at once, and with the values that would have been right', () => {
    const { details, message } = refusalOf('refreshConnection', {
      action: 'refreshConnection',
      role: 'admin',
      previousConnectionId: 5,
      x: 1,
    });
    expect(details).to.deep.equal([
      { field: 'sessionId', problem: 'is missing' },
      { field: 'role', problem: 'must be speaker or listener', allowed: ['speaker', 'listener'] },
      { field: 'previousConnectionId', problem: 'must be string' },
      { field: 'x', problem: 'is not a field of this message' },
    ]);
    expect(message).to.equal(
      'sessionId: is missing; role: must be speaker or listener; previousConnectionId: must be string; x: is not a field of this message',
    );
  });

  it('name at most ten wrong fields, and of a long name its beginning: the refusal fits a frame', () => {
    const fields = Object.fromEntries(Array.from({ length: 400 }, (_, index) => [`f${index}`, 1]));
    const { details, message } = refusalOf('endSession', { action: 'endSession', ...fields });
    expect(details).to.have.length(10);
    expect(message.length).to.be.below(1000);
    const long = refusalOf('endSession', { action: 'endSession', ['x'.repeat(3000)]: 1 });
    expect(long.details[0]?.field).to.equal('x'.repeat(64));
  });

  it('are refused with the fields that every object inherits, when they are sent', () => {
    const { details } = refusalOf(
      'endSession',
      '{"action":"endSession","constructor":1,"__proto__":{"requestId":"r"}}',
    );
    expect(details.map(({ field }) => field)).to.include('constructor');
  });
});
