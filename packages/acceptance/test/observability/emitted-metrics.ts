import { HandshakeRefusedError, type System, startSystem } from '../../src/index.ts';
import { datapointsOf } from './emf.ts';
import { MetricStore } from './metric-store.ts';

/** Everything that the functions measure of a system in which everything happens that is measured. */
export async function emittedMetrics(): Promise<MetricStore> {
  const store = new MetricStore();
  const system = await startSystem(
    { rate_limit_sessions_per_hour: '1', speaker_grace_seconds: '0.2' },
    {
      onLog: ({ line }) => {
        for (const point of datapointsOf(line)) store.add(point);
      },
    },
  );
  try {
    await succeed(system);
    await silence(system);
    await refuse(system);
    await fail(system);
  } finally {
    await system.stop();
  }
  return store;
}

/** Sessions, listeners, heartbeats, a published message, sweeps; and what the deliverer tells many listeners. */
async function succeed(system: System): Promise<void> {
  const { sessionId, speaker } = await system.broadcast('miriam');
  const listener = await system.joined(sessionId, 'es');
  await listener.ask('heartbeatAck', { action: 'heartbeat' });
  await speaker.ask('messagePublished', { action: 'publish', to: 'es', data: 'Bienvenidos' });
  await listener.next('message');

  // Of the interruption, of the return, and that the speaker did not come back.
  await speaker.cut();
  await listener.next('sessionInterrupted');
  const back = await system.speaker('miriam');
  await back.ask('connectionRefreshComplete', { action: 'refreshConnection', sessionId, role: 'speaker' });
  await listener.next('sessionResumed');
  await back.cut();
  await listener.next('sessionInterrupted');
  await system.sweepUntil(async () => listener.received.some(({ type }) => type === 'sessionEnded'));
}

/** As many silent connections with open sockets as cannot all be the clients' fault. */
async function silence(system: System): Promise<void> {
  const { sessionId } = await system.broadcast('deborah');
  const listeners = await Promise.all(Array.from({ length: 52 }, () => system.joined(sessionId, 'es')));
  await Promise.all(listeners.map((listener) => system.silence(listener)));
  await system.sweep();
}

/** What clients do wrong: a bad token, a session that is not there, more sessions than allowed. */
async function refuse(system: System): Promise<void> {
  await system.connect({ token: 'none' }).catch((error: unknown) => {
    if (!(error instanceof HandshakeRefusedError)) throw error;
  });
  const lost = await system.listener();
  await lost.ask('error', { action: 'joinSession', sessionId: 'nobody-knows-7', targetLanguage: 'es' });
  for (let reply = 'sessionCreated'; reply !== 'error'; ) {
    const speaker = await system.speaker('aaron');
    reply = (await speaker.request({ action: 'createSession', sourceLanguage: 'en' })).type;
  }
}

/** What fails: the table of the rate limits, then the whole database. */
async function fail(system: System): Promise<void> {
  const { faults } = system.stack;
  await faults.set({ rules: [{ call: { service: 'dynamodb', resource: '*-rate-limits' }, do: { error: 500 } }] });
  await system.listener(); // a speaker is not counted
  await faults.clear();
  const listener = await system.listener();
  system.stack.interrupt('dynamodb');
  await listener.ask('error', { action: 'heartbeat' });
}
