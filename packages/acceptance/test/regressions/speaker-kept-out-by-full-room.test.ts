import { expect } from 'chai';
import { type Client, type System, startSystem } from '../../src/index.ts';

const PHONES = 30;

/**
 * Defect 6. Two Wi-Fi reboots of a full room used up the connection attempts of its address; the speaker, behind the same
 * address, got 429 for longer than the grace period, and the session ended.
 */
describe('a full room whose Wi-Fi reboots twice', () => {
  let system: System;
  afterEach(() => system.stop());

  it('does not keep its own speaker out, and is in again itself', async () => {
    // Room for the arrival and one reboot, in small: a venue's default is far above.
    system = await startSystem({ rate_limit_connection_attempts_per_min: String(2.5 * PHONES) });
    const from = '127.0.0.20';
    const { clock } = system.stack;
    clock.advance(60_000 - (clock.nowMs() % 60_000));
    const { sessionId, speaker, created } = await system.broadcast('nehemiah', { from });
    const { joinKey } = created;
    const join = { action: 'joinSession', sessionId, targetLanguage: 'es', joinKey };
    const arrive = () =>
      Promise.allSettled(
        Array.from({ length: PHONES }, async () => {
          const phone = await system.listener({ from });
          await phone.ask('sessionJoined', join);
          return phone;
        }),
      );
    const phonesOf = (arrivals: PromiseSettledResult<Client>[]) =>
      arrivals.flatMap((arrival) => (arrival.status === 'fulfilled' ? [arrival.value] : []));

    let room = phonesOf(await arrive());
    let broadcaster = speaker;
    for (let reboot = 0; reboot < 2; reboot++) {
      await Promise.all([broadcaster, ...room].map((client) => client.cut()));
      await system.settled();
      room = phonesOf(await arrive());
      broadcaster = await system.speaker('nehemiah', { from });
      await broadcaster.ask('connectionRefreshComplete', { action: 'refreshConnection', sessionId, role: 'speaker' });
    }
    // The second time, some phones had to wait; the speaker did not.
    expect(room.length).to.be.below(PHONES);
    clock.advance(31_000);
    await system.sweep();
    expect(await system.session(sessionId)).to.include({ state: 'active' });

    clock.advance(60_000);
    expect(phonesOf(await arrive())).to.have.length(PHONES);
  });
});
