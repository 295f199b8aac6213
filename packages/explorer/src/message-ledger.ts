import type { ServerMessageOf } from '@sessions/core/protocol';
import type { ChannelOf, MessageLog, StoredMessage } from '@sessions/core/sessions';

/** Names one channel of one broadcast: no two are created in the same millisecond of a schedule. */
const nameOf = ({ epoch, channel }: Place): string => `${channel}@${epoch}`;

type Place = Pick<ChannelOf, 'epoch' | 'channel'>;

interface Written {
  /** The highest that the head has been. */
  head: number;
  /** Every message that was stored, by offset; those that were deleted since as well. */
  readonly stored: Map<number, StoredMessage>;
  /** Every message that reached a socket, by offset. */
  readonly shown: Map<number, unknown>;
  /** The offset of each message that has an ID, as its publisher was told. */
  readonly receipts: Map<string, number>;
  /** The session that it is of, once anything was stored. */
  sessionId?: string;
  isDeleted: boolean;
}

/**
 * What was truly published, kept apart from the log, and what must hold of it at every moment.
 * - No offset is used twice, and none is left out: the head rises over stored messages alone.
 * - Nobody is shown a message above the head, or another one than is stored at its offset.
 * - A message with an ID has one offset, however often it is published.
 */
export interface MessageLedger {
  /** The same log, with what is written to it noted. */
  recording(log: MessageLog): MessageLog;
  /** Notes that a message has reached a socket. */
  show(message: ServerMessageOf<'message'>): void;
  /** Notes what a publisher was told. */
  receive(of: Place, id: string | undefined, offset: number): void;
  /** The highest that the head of a channel has been. */
  headOf(of: Place): number;
  /** Whether a message was published so long ago, or deleted, that nobody can recover it. */
  isLost(of: Place, offset: number, notBefore: number): boolean;
}

/** @param report takes in what does not hold */
export function createMessageLedger(report: (violation: string) => void): MessageLedger {
  const all = new Map<string, Written>();

  function writtenTo(of: Place): Written {
    const name = nameOf(of);
    let written = all.get(name);
    if (written === undefined) {
      written = { head: 0, stored: new Map(), shown: new Map(), receipts: new Map(), isDeleted: false };
      all.set(name, written);
    }
    return written;
  }

  return {
    recording: (log) => ({
      ...log,
      async append(change) {
        const outcome = await log.append(change);
        if (outcome !== 'stored') return outcome;
        const written = writtenTo(change);
        const { stored, isDeleted } = written;
        written.sessionId = change.sessionId;
        const { offset, data } = change.message;
        const before = stored.get(offset);
        // What comes after the end of a session, nobody listens to.
        if (before !== undefined && before.data !== data && !isDeleted) {
          report(`offset ${offset} of ${nameOf(change)} was used for ${before.data}, and again for ${data}`);
        }
        stored.set(offset, change.message);
        return outcome;
      },
      async raiseHead(change) {
        await log.raiseHead(change);
        const written = writtenTo(change);
        for (let offset = written.head + 1; offset <= change.head.offset; offset++) {
          if (!written.stored.has(offset))
            report(`the head of ${nameOf(change)} rose over ${offset}, which is not there`);
        }
        written.head = Math.max(written.head, change.head.offset);
      },
      async deleteAll(of) {
        await log.deleteAll(of);
        for (const written of all.values()) if (written.sessionId === of.sessionId) written.isDeleted = true;
      },
    }),
    show({ offset, data, ...of }) {
      const { head, stored, shown, isDeleted } = writtenTo(of);
      if (offset > head) report(`${data} was shown at ${offset} of ${nameOf(of)}, whose head is ${head}`);
      if (stored.get(offset)?.data !== data && !isDeleted) {
        report(`${data} was shown at ${offset} of ${nameOf(of)}, where ${stored.get(offset)?.data} is stored`);
      }
      const other = shown.get(offset);
      if (other !== undefined && other !== data) {
        report(`${other} and ${data} were shown at ${offset} of ${nameOf(of)}`);
      }
      shown.set(offset, data);
    },
    receive(of, id, offset) {
      if (id === undefined) return;
      const { receipts, isDeleted } = writtenTo(of);
      const before = receipts.get(id);
      // A publisher who began before the end of the session may add to a log that is deleted by then.
      if (before !== undefined && before !== offset && !isDeleted) {
        report(`${id} was published at ${before} and at ${offset} of ${nameOf(of)}`);
      }
      receipts.set(id, offset);
    },
    headOf: (of) => writtenTo(of).head,
    isLost(of, offset, notBefore) {
      const { stored, isDeleted } = writtenTo(of);
      const message = stored.get(offset);
      return isDeleted || message === undefined || message.publishedAt < notBefore;
    },
  };
}
