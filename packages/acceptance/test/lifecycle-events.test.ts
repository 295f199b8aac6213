import { expect } from 'chai';
import { type System, startSystem } from '../src/index.ts';

interface Event {
  readonly source: string;
  readonly type: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

describe('the lifecycle events of a session', () => {
  let system: System;
  let events: Event[];
  beforeEach(async () => {
    events = [];
    system = await startSystem(
      {},
      {
        onEvent: ({ event }) => {
          const {
            source,
            'detail-type': type,
            detail,
          } = event as { source: string; 'detail-type': string; detail: object };
          events.push({ source, type, detail: detail as Event['detail'] });
        },
      },
    );
  });
  afterEach(() => system.stop());

  /** What one who ignores repetitions sees, in the order in which it came. */
  const typesOf = () => [...new Set(events.map(({ type, detail }) => `${type} ${detail.revision}`))];
  const untilEvent = (type: string) => system.until(() => events.some((event) => event.type === type));

  async function play(): Promise<string> {
    const { sessionId, speaker } = await system.broadcast('luke');
    await untilEvent('SessionStarted');
    const listener = await system.joined(sessionId, 'es');
    await system.joined(sessionId, 'es');
    await untilEvent('LanguagesInUseChanged');
    await speaker.cut();
    await untilEvent('SessionInterrupted');
    const back = await system.speaker('luke');
    await back.ask('connectionRefreshComplete', { action: 'refreshConnection', sessionId, role: 'speaker' });
    await untilEvent('SessionResumed');
    await listener.close();
    await system.settled();
    await back.ask('sessionEnded', { action: 'endSession' });
    await untilEvent('SessionEnded');
    return sessionId;
  }

  function expectAll(sessionId: string): void {
    expect(typesOf().filter((type) => !type.startsWith('LanguagesInUseChanged'))).to.deep.equal([
      'SessionStarted 1',
      'SessionInterrupted 2',
      'SessionResumed 3',
      'SessionEnded 5',
    ]);
    for (const { source, detail } of events) {
      expect(source).to.equal('sessions.dev');
      expect(detail).to.include({ sessionId });
    }
    const languages = events.find(({ type }) => type === 'LanguagesInUseChanged');
    expect(languages?.detail.languages).to.have.all.keys('es');
    const ended = events.find(({ type }) => type === 'SessionEnded');
    expect(ended?.detail).to.include({ reason: 'speakerEnded', totalJoins: 2 });
  }

  it('tell what happened, each with its revision, and the totals at the end', async () => {
    expectAll(await play());
  });

  it('are all there when the notifier is killed, or its batches fail after its work', async () => {
    await system.faults(
      { call: { service: 'events', function: '*-notifier' }, every: 2, do: { kill: 'before' } },
      { call: { service: 'lambda', function: '*-notifier' }, nth: [1, 3], do: { kill: 'after' } },
      { batch: { function: '*-notifier' }, every: 3, do: { fail: 'after' } },
    );
    expectAll(await play());
    expect(system.stack.faults.counters().every(({ fired }) => fired > 0)).to.equal(true);
  });
});
