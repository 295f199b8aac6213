import { createTelemetry } from '@sessions/core/lambda';
import type { NotifyChanges, NumberedChange } from '@sessions/core/sessions';
import { expect } from 'chai';
import { useEnvironment } from '../../../core/test/support/environment.ts';
import { lambdaContext } from '../../../core/test/support/events.ts';
import { captureOutput } from '../../../core/test/support/output.ts';
import { createHandler } from '../src/handler.ts';

type StreamEvent = Parameters<ReturnType<typeof createHandler>>[0];
type Image = NonNullable<NonNullable<StreamEvent['Records'][number]['dynamodb']>['NewImage']>;

const sessionImage = (revision: number): Image => ({
  sessionId: { S: 'faithful-shepherd-427' },
  part: { S: 'session' },
  speakerUserId: { S: 'user-1' },
  state: { S: 'active' },
  revision: { N: String(revision) },
  createdAt: { N: '1000000' },
  openSince: { N: '1000000' },
});
const placesImage: Image = {
  sessionId: { S: 'faithful-shepherd-427' },
  part: { S: 'places#1000000#7' },
  taken: { N: '1' },
};

/** Records as the event source mapping hands them over, numbered from 100. */
const streamEvent = (...images: { NewImage?: Image; OldImage?: Image }[]): StreamEvent => ({
  Records: images.map((image, index) => ({
    eventID: String(index),
    eventName: image.NewImage ? (image.OldImage ? 'MODIFY' : 'INSERT') : 'REMOVE',
    eventSource: 'aws:dynamodb',
    dynamodb: { SequenceNumber: String(100 + index), StreamViewType: 'NEW_AND_OLD_IMAGES', ...image },
  })),
});

describe('The notifier function', () => {
  useEnvironment(() => ({ POWERTOOLS_METRICS_NAMESPACE: 'Sessions', POWERTOOLS_SERVICE_NAME: 'notifier' }));

  /** Invokes it with one batch. @returns what it returns or throws, and what it logs */
  async function invoke(event: StreamEvent, notifyChanges: NotifyChanges) {
    const { result, lines } = await captureOutput(() =>
      Promise.resolve(createHandler({ telemetry: createTelemetry(), notifyChanges })(event, lambdaContext())).catch(
        (error: unknown) => error,
      ),
    );
    return { result, text: lines.join('\n') };
  }

  it('reads the images of each record, in order, with its sequence number', async () => {
    const seen: NumberedChange[] = [];
    const event = streamEvent(
      { NewImage: sessionImage(1) },
      { NewImage: placesImage },
      { NewImage: sessionImage(2), OldImage: sessionImage(1) },
      { OldImage: sessionImage(2) },
    );
    const { result } = await invoke(event, async (changes) => {
      seen.push(...changes);
      return undefined;
    });
    const session = (revision: number) => ({
      sessionId: 'faithful-shepherd-427',
      speakerUserId: 'user-1',
      state: 'active',
      revision,
      createdAt: 1_000_000,
    });
    expect(seen).to.deep.equal([
      { sequenceNumber: '100', change: { kind: 'session', after: session(1) } },
      {
        sequenceNumber: '101',
        change: { kind: 'places', sessionId: 'faithful-shepherd-427', createdAt: 1_000_000 },
      },
      { sequenceNumber: '102', change: { kind: 'session', before: session(1), after: session(2) } },
      { sequenceNumber: '103', change: undefined },
    ]);
    expect(result).to.deep.equal({ batchItemFailures: [] });
  });

  it('asks for the batch again from the first failure on, and logs why', async () => {
    const { result, text } = await invoke(streamEvent({ NewImage: sessionImage(1) }), async (_changes, onFailure) => {
      onFailure(new Error('Lambda does not take the work now'));
      return '101';
    });
    expect(result).to.deep.equal({ batchItemFailures: [{ itemIdentifier: '101' }] });
    expect(text).to.contain('"level":"ERROR"').and.to.contain('Lambda does not take the work now');
  });

  it('fails altogether for what it did not expect, so that Lambda repeats and then divides the batch', async () => {
    const { result, text } = await invoke(streamEvent({ NewImage: sessionImage(1) }), () =>
      Promise.reject(new TypeError('a bug')),
    );
    expect(result).to.be.instanceOf(TypeError);
    expect(text).to.contain('"level":"ERROR"');
  });
});
