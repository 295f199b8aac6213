import { expect } from 'chai';
import { messagePage } from '../../src/protocol/index.ts';
import { ANONYMOUS, speakerIdentity } from '../support/identities.ts';
import { refusal } from '../support/refusal.ts';
import { sampleSession } from '../support/samples.ts';
import { type Everything, setUp } from '../support/set-up.ts';

const SESSION_ID = 'faithful-shepherd-427';
const request = { identity: speakerIdentity(), sessionId: SESSION_ID, channel: 'es' };

/** Publishes messages with these data to a channel of the sample session. */
async function publish({ messageLog }: Everything, data: readonly unknown[], channel = 'es', firstOffset = 1) {
  for (const [index, one] of data.entries()) {
    const offset = firstOffset + index;
    const of = { sessionId: SESSION_ID, epoch: 1_000_000, channel, keptUntil: 3_000_000 };
    await messageLog.append({ ...of, message: { offset, publishedAt: 2_000_000 + offset, data: one } });
    await messageLog.raiseHead({ ...of, head: { offset, recent: [] } });
  }
}

describe('exportMessages', () => {
  it('gives the owner what was published to a channel', async () => {
    const given = setUp({ sessions: [sampleSession()] });
    await publish(given, ['one', { two: 2 }]);
    await publish(given, ['elsewhere'], 'all');

    const page = await given.exportMessages(request);

    expect(page).to.deep.equal({
      sessionId: SESSION_ID,
      channel: 'es',
      epoch: 1_000_000,
      head: 2,
      messages: [
        { offset: 1, publishedAt: 2_000_001, data: 'one' },
        { offset: 2, publishedAt: 2_000_002, data: { two: 2 } },
      ],
      complete: true,
    });
    expect(messagePage.safeParse(page).success).to.equal(true);
    expect((await given.exportMessages({ ...request, channel: 'all' })).messages).to.have.length(1);
  });

  it('begins behind an offset, and has nothing behind the head', async () => {
    const given = setUp({ sessions: [sampleSession()] });
    await publish(given, ['one', 'two', 'three']);
    const offsets = async (since: number) => {
      const { messages, complete } = await given.exportMessages({ ...request, since });
      return { offsets: messages.map(({ offset }) => offset), complete };
    };
    expect(await offsets(1)).to.deep.equal({ offsets: [2, 3], complete: true });
    expect(await offsets(3)).to.deep.equal({ offsets: [], complete: true });
    expect(await offsets(4)).to.deep.equal({ offsets: [], complete: false });
  });

  it('shows nothing above the head, which nobody has been shown', async () => {
    const given = setUp({ sessions: [sampleSession()] });
    await publish(given, ['one']);
    const of = { sessionId: SESSION_ID, epoch: 1_000_000, channel: 'es', keptUntil: 3_000_000 };
    await given.messageLog.append({ ...of, message: { offset: 2, publishedAt: 2_000_002, data: 'unseen' } });
    expect((await given.exportMessages(request)).messages.map(({ data }) => data)).to.deep.equal(['one']);
  });

  it('says when what came first is no longer held', async () => {
    const given = setUp({ sessions: [sampleSession()] });
    await publish(given, ['one', 'two']);
    given.tables.channels.get(`${SESSION_ID}#es`)?.messages.delete(1);
    const { messages, complete } = await given.exportMessages(request);
    expect(messages.map(({ offset }) => offset)).to.deep.equal([2]);
    expect(complete).to.equal(false);
  });

  it('says when one between those that are held is not', async () => {
    const given = setUp({ sessions: [sampleSession()] });
    await publish(given, ['one', 'two', 'three']);
    given.tables.channels.get(`${SESSION_ID}#es`)?.messages.delete(2);
    const { messages, complete } = await given.exportMessages(request);
    expect(messages.map(({ offset }) => offset)).to.deep.equal([1, 3]);
    expect(complete).to.equal(false);
  });

  it('has nothing of what was to be kept until now, though it is still there', async () => {
    const given = setUp({ sessions: [sampleSession()] });
    await publish(given, ['one']);
    given.clock.advance(1_000_000);
    expect(await given.exportMessages(request)).to.deep.include({ head: 1, messages: [], complete: false });
  });

  it('comes in pages of bounded size, each of which says where the next begins', async () => {
    const given = setUp({ sessions: [sampleSession()] });
    const large = 'x'.repeat(32_000);
    await publish(given, Array<string>(50).fill(large));

    const first = await given.exportMessages(request);
    expect(JSON.stringify(first).length).to.be.below(1_100_000);
    expect(first.next).to.equal(first.messages.length);
    const second = await given.exportMessages({ ...request, since: first.next });

    expect(second).to.not.have.property('next');
    expect([...first.messages, ...second.messages].map(({ offset }) => offset)).to.deep.equal(
      Array.from({ length: 50 }, (_, index) => index + 1),
    );
  });

  it('holds at most a thousand messages on a page', async () => {
    const given = setUp({ sessions: [sampleSession()] });
    await publish(given, Array<string>(1001).fill('x'));
    const { messages, next } = await given.exportMessages(request);
    expect({ length: messages.length, next }).to.deep.equal({ length: 1000, next: 1000 });
  });

  it('is for the owner of a session that has not ended, and for channels that there are', async () => {
    const { exportMessages, endSessionOfOwner } = setUp({ sessions: [sampleSession()] });
    await refusal(exportMessages({ ...request, identity: ANONYMOUS }), 'UNAUTHORIZED');
    await refusal(exportMessages({ ...request, identity: speakerIdentity('user-2') }), 'SESSION_NOT_FOUND');
    await refusal(exportMessages({ ...request, sessionId: 'quiet-river-100' }), 'SESSION_NOT_FOUND');
    const { details } = await refusal(exportMessages({ ...request, channel: 'hello' }), 'INVALID_LANGUAGE');
    expect(details.map(({ field }) => field)).to.deep.equal(['channel']);
    expect((await exportMessages({ ...request, channel: 'speaker' })).messages).to.deep.equal([]);
    await endSessionOfOwner({ identity: speakerIdentity(), sessionId: SESSION_ID });
    await refusal(exportMessages(request), 'SESSION_NOT_FOUND');
  });
});
