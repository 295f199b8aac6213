import { expect } from 'chai';
import fc from 'fast-check';
import {
  type Action,
  clientMessages,
  parseJsonObject,
  parseMessage,
  ServiceError,
  unknownAction,
} from '../../src/protocol/index.ts';

function refusalOf(text: string): ServiceError {
  try {
    parseJsonObject(text);
  } catch (error) {
    if (error instanceof ServiceError) return error;
    throw error;
  }
  throw new Error('Accepted');
}

/** A JSON object of exactly so many bytes, whose text is filled with one character. */
const objectOf = (bytes: number, character: string) => {
  const perCharacter = Buffer.byteLength(character);
  const rest = bytes - Buffer.byteLength('{"a":""}');
  return `{"a":"${character.repeat(Math.floor(rest / perCharacter))}${'x'.repeat(rest % perCharacter)}"}`;
};

describe('parseJsonObject', () => {
  for (const [name, character] of [
    ['one byte', 'x'],
    ['two bytes', 'é'],
    ['three bytes', '語'],
    ['four bytes', '😀'],
  ] as const) {
    it(`accepts 4096 bytes and refuses 4097, in characters of ${name}`, () => {
      expect(parseJsonObject(objectOf(4096, character))).to.have.property('a');

      const { code, message, details } = refusalOf(objectOf(4097, character));
      expect(code).to.equal('INVALID_MESSAGE');
      expect(message).to.equal('A message may have 4096 bytes; this one has 4097');
      expect(details).to.deep.equal([{ problem: 'at most 4096 bytes' }]);
    });
  }

  it('refuses what is not JSON', () => {
    for (const text of ['', 'hello', '{', '{"a":1', "{'a':1}", '{"a":1}x', '\u0000', 'undefined', 'NaN']) {
      const { code, message, details } = refusalOf(text);
      expect([code, message], text).to.deep.equal(['INVALID_MESSAGE', 'The message is not JSON']);
      expect(details).to.deep.equal([{ problem: 'not JSON' }]);
    }
  });

  it('refuses JSON that is not an object', () => {
    for (const text of ['[]', '[{"action":"heartbeat"}]', 'null', 'true', '7', '"heartbeat"']) {
      const { code, message, details } = refusalOf(text);
      expect([code, message], text).to.deep.equal(['INVALID_MESSAGE', 'The message is not a JSON object']);
      expect(details).to.deep.equal([{ problem: 'a JSON object with a field `action`' }]);
    }
  });

  it('throws nothing but a ServiceError, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.json()), (text) => {
        onlyServiceErrors(() => parseJsonObject(text));
      }),
      { numRuns: 300 },
    );
  });
});

describe('parseMessage', () => {
  const fields = [
    'action',
    'requestId',
    'sourceLanguage',
    'qualityTier',
    'sessionId',
    'targetLanguage',
    'sentAt',
    'role',
    'previousConnectionId',
    'place',
    'joinKey',
    'clientId',
    'takeOver',
    'paused',
    'volume',
    '__proto__',
    'constructor',
    'toString',
  ];
  const anyMessage = fc.dictionary(
    fc.oneof(fc.constantFrom(...fields), fc.string()),
    fc.oneof(fc.constantFrom('heartbeat', 'createSession', 'speaker', 'en', null), fc.jsonValue()),
    { noNullPrototype: true },
  );

  it('throws nothing but a ServiceError that names fields, whatever the JSON', () => {
    fc.assert(
      fc.property(fc.oneof(anyMessage, fc.jsonValue()), fc.constantFrom(...actions), (message, action) => {
        onlyServiceErrors(() => parseMessage(clientMessages[action], JSON.stringify(message)));
      }),
      { numRuns: 500 },
    );
  });
});

const actions = Object.keys(clientMessages) as Action[];

function onlyServiceErrors(call: () => unknown): void {
  try {
    call();
  } catch (error) {
    expect(error).to.be.instanceOf(ServiceError);
    const { code, details } = error as ServiceError;
    expect(code).to.be.oneOf(['INVALID_MESSAGE', 'INVALID_PARAMETERS']);
    for (const { problem } of details) expect(problem).to.be.a('string').and.not.equal('');
  }
}

describe('unknownAction', () => {
  const all = [
    'createSession',
    'joinSession',
    'changeLanguage',
    'heartbeat',
    'refreshConnection',
    'recover',
    'publish',
    'setBroadcastState',
    'getSessionStatus',
    'endSession',
  ];

  it('names the action that is not known, and those that are', () => {
    const error = unknownAction({ action: 'sing' });
    expect(error.code).to.equal('INVALID_ACTION');
    expect(error.message).to.equal(
      'action: "sing" is not one of them; use one of createSession, joinSession, changeLanguage, heartbeat, refreshConnection, recover, publish, setBroadcastState, getSessionStatus, endSession',
    );
    expect(error.details).to.deep.equal([{ field: 'action', problem: '"sing" is not one of them', allowed: all }]);
  });

  it('asks for an action where there is none, or no text', () => {
    for (const raw of [{}, { action: 7 }, { action: null }, { action: ['heartbeat'] }]) {
      expect(unknownAction(raw).details).to.deep.equal([
        { field: 'action', problem: 'a text that names the action', allowed: all },
      ]);
    }
  });

  it('quotes the beginning of a long one', () => {
    expect(unknownAction({ action: 'x'.repeat(3000) }).details[0]?.problem).to.equal(
      `"${'x'.repeat(64)}" is not one of them`,
    );
  });

  it('lists only what is allowed where it was sent', () => {
    expect(unknownAction({ action: 'heartbeat' }, ['joinSession']).details[0]?.allowed).to.deep.equal(['joinSession']);
  });
});
