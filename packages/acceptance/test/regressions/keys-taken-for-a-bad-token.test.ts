import { createSpeaker, type Speaker } from '@sessions/client';
import { expect } from 'chai';
import { type System, startSystem } from '../../src/index.ts';

/**
 * Defect 8. The issuer's keys could not be fetched for five seconds, on a cold authorizer: the handshake was refused, which
 * a browser cannot tell from a bad token. The SDK took it for a final `TOKEN_REFUSED`, and the broadcast ended.
 */
describe('the SDK of a speaker, while the keys of the issuer cannot be fetched', () => {
  let system: System;
  const speakers: Speaker[] = [];
  afterEach(async () => {
    await Promise.all(speakers.splice(0).map((speaker) => speaker.end()));
    await system.stop();
  });

  /** As a browser does: with the platform's own `WebSocket`, which shows no status of a refused handshake. */
  function speak(onRetry: () => void): Speaker {
    const speaker = createSpeaker({
      url: system.stack.webSocketUrl,
      getToken: () => system.token({ username: 'potiphar' }),
      sourceLanguage: 'en',
    });
    speakers.push(speaker);
    speaker.on('retry', onRetry);
    return speaker;
  }

  it('waits and tries again, and then speaks', async () => {
    system = await startSystem();
    system.stack.interrupt('cognito-idp');
    let retries = 0;
    const speaker = speak(() => {
      retries++;
      if (retries === 2) system.stack.restore('cognito-idp');
    });
    await speaker.start();
    expect(retries).to.be.at.least(2);
    expect(speaker.state).to.equal('live');
    expect(await system.session(speaker.sessionId)).to.include({ state: 'active' });
  });
});
