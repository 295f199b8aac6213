import { expect } from 'chai';
import { createPostReply } from '../src/post-reply.ts';

describe('postReply', () => {
  it('waits for a connection whose handshake is not done', async () => {
    const sent: string[] = [];
    const postReply = createPostReply({
      send: async (connectionId, message) => {
        sent.push(`${connectionId} ${message.type}`);
        return sent.length === 3;
      },
    });
    await postReply('c1', '{"type":"sessionResumed","sessionId":"x"}');
    expect(sent).to.deep.equal(['c1 sessionResumed', 'c1 sessionResumed', 'c1 sessionResumed']);
  });

  it('gives up on a connection that does not come', async () => {
    let attempts = 0;
    const postReply = createPostReply({
      send: async () => {
        attempts++;
        return false;
      },
    });
    await postReply('c1', '{"type":"sessionResumed","sessionId":"x"}');
    expect(attempts).to.equal(6);
  });
});
