import type { DeliveryTask } from '@sessions/core/sessions';
import { expect } from 'chai';
import { parseTask } from '../src/task.ts';

const sessionId = 'faithful-shepherd-427';
const message = { type: 'speakerReplaced', sessionId, revision: 2 } as const;
const published = {
  type: 'message',
  channel: 'es',
  epoch: 1_000_000,
  offset: 7,
  publishedAt: 1_000_000,
  name: 'caption',
  data: { text: 'hola', parts: [1, null] },
} as const;
const listeners = [{ connectionId: 'c1', targetLanguage: 'es', placeShard: '1000000#0' }];

/** Every kind of task, as the notifier, the sweeper and the deliverer itself send them. */
const tasks: readonly DeliveryTask[] = [
  { task: 'notifyListeners', sessionId, message },
  { task: 'notifyConnection', connectionId: 'c1', message },
  { task: 'notifyConnection', connectionId: 'c1', message, close: true },
  { task: 'completeEnd', sessionId, createdAt: 1_000_000 },
  { task: 'notifyShare', sessionId, listeners, message, remove: true },
  { task: 'notifyShare', sessionId, listeners: [], message, remove: false },
  { task: 'notifyShare', sessionId, listeners, message: published, remove: false, retryUntil: 1_010_000 },
  { task: 'deliverMessage', sessionId, message: published, retryUntil: 1_010_000 },
  {
    task: 'replay',
    sessionId,
    connectionId: 'c1',
    epoch: 1_000_000,
    notBefore: 900_000,
    channels: [
      { channel: 'es', after: 0, upTo: 7 },
      { channel: 'all', after: 3, upTo: 4 },
    ],
  },
];

describe('parseTask', () => {
  for (const task of tasks) {
    it(`reads what was sent: ${JSON.stringify(task).slice(0, 60)}`, () => {
      expect(parseTask(JSON.parse(JSON.stringify(task)))).to.deep.equal(task);
    });
  }

  it('leaves the message as it is, with every field', () => {
    const full = { ...message, nested: { a: [1, { b: 2 }] } };
    expect(parseTask({ task: 'notifyListeners', sessionId, message: full })).to.deep.include({ message: full });
  });

  const wrong: readonly (readonly [string, unknown, RegExp])[] = [
    ['nothing', undefined, /^Not a task of the deliverer: /],
    ['a text', 'completeEnd', /^Not a task of the deliverer: /],
    ['another task', { task: 'sing' }, /task: /],
    ['a task without its session', { task: 'completeEnd', createdAt: 1 }, /sessionId: is missing/],
    ['a session without a name', { task: 'completeEnd', sessionId: '', createdAt: 1 }, /sessionId: must be at least 1/],
    ['an end without its moment', { task: 'completeEnd', sessionId }, /createdAt: is missing/],
    ['a notification without its message', { task: 'notifyListeners', sessionId }, /message: /],
    ['a message without its type', { task: 'notifyListeners', sessionId, message: {} }, /message: /],
    ['a message that is null', { task: 'notifyConnection', connectionId: 'c1', message: null }, /message: /],
    [
      'a listener without its shard',
      {
        task: 'notifyShare',
        sessionId,
        message,
        remove: true,
        listeners: [{ connectionId: 'c1', targetLanguage: 'es' }],
      },
      /listeners\.0\.placeShard: is missing/,
    ],
    ['a published message that is none', { task: 'deliverMessage', sessionId, message, retryUntil: 1 }, /message: /],
    [
      'a published message without its time',
      { task: 'deliverMessage', sessionId, message: published },
      /retryUntil: is missing/,
    ],
    [
      'a replay that does not say how far',
      {
        task: 'replay',
        sessionId,
        connectionId: 'c1',
        epoch: 1,
        notBefore: 0,
        channels: [{ channel: 'es', after: 0 }],
      },
      /channels\.0\.upTo: is missing/,
    ],
    [
      'a share that does not say who leaves',
      { task: 'notifyShare', sessionId, message, listeners },
      /remove: is missing/,
    ],
  ];
  for (const [what, event, problem] of wrong) {
    it(`refuses ${what}, and says what is wrong`, () => {
      expect(() => parseTask(event)).to.throw(TypeError, problem);
    });
  }
});
