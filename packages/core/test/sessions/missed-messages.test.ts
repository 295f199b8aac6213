import { expect } from 'chai';
import { findMissed, positionsNow } from '../../src/sessions/index.ts';
import { sampleSession } from '../support/samples.ts';

const head = (offset: number) => ({ offset, recent: [] });
/** A session of epoch 1,000,000 whose connection follows `es`, at 9, and `all`, at 4. */
const found = { session: sampleSession(), heads: { es: head(9), all: head(4) } };
const epoch = 1_000_000;

describe('What a client has missed', () => {
  it('is not asked for by a client that does not say what it has', () => {
    expect(findMissed({}, found)).to.equal(undefined);
    expect(findMissed({ epoch }, found)).to.equal(undefined);
  });

  for (const [what, seen, ranges] of [
    ['nothing, with the last message of each channel', { epoch, since: { es: 9, all: 4 } }, []],
    [
      'what came after the last message that it has',
      { epoch, since: { es: 6, all: 3 } },
      [
        { channel: 'es', after: 6, upTo: 9 },
        { channel: 'all', after: 3, upTo: 4 },
      ],
    ],
    ['everything of a channel of which it has none', { epoch, since: { es: 0, all: 4 } }, [['es', 0, 9]]],
    ['nothing of a channel that it does not name', { epoch, since: { all: 4 } }, []],
    ['nothing of a channel that it does not follow', { epoch, since: { es: 9, all: 4, fr: 0, speaker: 0 } }, []],
    [
      'the last messages, with rewind',
      { rewind: 2 },
      [
        ['es', 7, 9],
        ['all', 2, 4],
      ],
    ],
    [
      'no more than there is, with rewind',
      { rewind: 6 },
      [
        ['es', 3, 9],
        ['all', 0, 4],
      ],
    ],
    [
      'the last messages of the channel that is new to it alone',
      { epoch, since: { all: 4 }, rewind: 1 },
      [['es', 8, 9]],
    ],
  ] as const) {
    it(`is ${what}`, () => {
      const expected = ranges.map((range) =>
        'channel' in range ? range : { channel: range[0], after: range[1], upTo: range[2] },
      );
      expect(findMissed(seen, found)).to.deep.equal({ ranges: expected, isOfEpoch: true });
    });
  }

  it('is everything of this epoch, with offsets of another one', () => {
    expect(findMissed({ epoch: 999_999, since: { es: 9, all: 9 }, rewind: 1 }, found)).to.deep.equal({
      ranges: [
        { channel: 'es', after: 0, upTo: 9 },
        { channel: 'all', after: 0, upTo: 4 },
      ],
      isOfEpoch: false,
    });
  });

  it('cannot be said with an offset that was never given out; of the other channels it can', () => {
    expect(findMissed({ epoch, since: { es: 10, all: 3 } }, found)).to.deep.equal({
      ranges: [{ channel: 'all', after: 3, upTo: 4 }],
      isOfEpoch: false,
    });
  });

  it('is counted from where the channels stand', () => {
    expect(positionsNow(found)).to.deep.equal({ epoch: 1_000_000, positions: { es: 9, all: 4 } });
  });
});
