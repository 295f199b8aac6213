import { expect } from 'chai';
import { normaliseSessionId as normaliseWithoutWords } from '../../src/protocol/session-id-format.ts';
import {
  combinations,
  DEFAULT_VOCABULARY,
  generateSessionId,
  isSessionId,
  normaliseSessionId,
  VOCABULARIES,
  type VocabularyName,
} from '../../src/sessions/session-id.ts';
import { blacklist, blacklistedParts } from '../../src/sessions/vocabularies/blacklist.ts';

const names = Object.keys(VOCABULARIES) as VocabularyName[];

/** Every pair of different words in a list that are alike in the given way. */
const pairs = (words: readonly string[], alike: (a: string, b: string) => boolean): string[] =>
  words.flatMap((a, index) => words.slice(index + 1).flatMap((b) => (alike(a, b) ? [`${a}/${b}`] : [])));

/** Whether one typing mistake (a letter changed, added or left out) makes one word the other. */
function isOneTypoApart(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  let same = 0;
  while (same < short.length && short[same] === long[same]) same++;
  return short.slice(long.length === short.length ? same + 1 : same) === long.slice(same + 1);
}

/**
 * A rough phonetic key for English: like Metaphone, but also deaf to which vowel it was and to voicing (b/p, d/t,
 * v/f), which is what a loudspeaker in a hall loses first.
 */
const soundOf = (word: string): string =>
  word
    .replace(/^(?:k|g)n/, 'n')
    .replace(/^wr/, 'r')
    .replace(/mb$/, 'm')
    .replace(/ght/g, 't')
    .replace(/ph/g, 'f')
    .replace(/t?ch/g, 'C')
    .replace(/sh|[ct]i(?=[ao])/g, 'S')
    .replace(/th/g, 'T')
    .replace(/d?g(?=[eiy])/g, 'j')
    .replace(/c(?=[eiy])|z/g, 's')
    .replace(/ck|q|c/g, 'k')
    .replace(/x/g, 'ks')
    .replace(/v/g, 'f')
    .replace(/b/g, 'p')
    .replace(/d/g, 't')
    .replace(/(.)\1+/g, '$1')
    .replace(/e$/, '')
    .replace(/[aeiouyhw]+/g, 'a');

describe('The checks on session ID words', () => {
  it('know a typo, and words that sound alike', () => {
    expect(pairs(['cave', 'cove', 'dove', 'clove', 'cav'], isOneTypoApart)).to.deep.equal([
      'cave/cove',
      'cave/cav',
      'cove/dove',
      'cove/clove',
    ]);
    expect(
      pairs(['brick', 'brook', 'knight', 'night', 'phase', 'vase', 'olive'], (a, b) => soundOf(a) === soundOf(b)),
    ).to.deep.equal(['brick/brook', 'knight/night', 'phase/vase']);
  });
});

for (const name of names) {
  const { adjectives, nouns } = VOCABULARIES[name];

  describe(`The ${name} vocabulary`, () => {
    it('has at least 150 adjectives and 150 nouns', () => {
      expect(adjectives.length).to.be.at.least(150);
      expect(nouns.length).to.be.at.least(150);
    });

    it('has no word twice, not even once in each list', () => {
      const words = [...adjectives, ...nouns];
      expect(words.filter((word, index) => words.indexOf(word) !== index)).to.deep.equal([]);
    });

    it('has only words of 3 to 12 plain lower-case letters', () => {
      expect([...adjectives, ...nouns].filter((word) => !/^[a-z]{3,12}$/.test(word))).to.deep.equal([]);
    });

    it('has no blacklisted word, and none that contains a blacklisted part', () => {
      const banned = (word: string) =>
        Object.values(blacklist).some((group) => group.has(word)) ||
        blacklistedParts.some((part) => word.includes(part));
      expect([...adjectives, ...nouns].filter(banned)).to.deep.equal([]);
    });

    for (const [position, words] of Object.entries({ adjectives, nouns })) {
      it(`has no ${position} that one typo turns into one another`, () => {
        expect(pairs(words, isOneTypoApart)).to.deep.equal([]);
      });

      it(`has no ${position} that sound alike`, () => {
        expect(pairs(words, (a, b) => soundOf(a) === soundOf(b))).to.deep.equal([]);
      });

      it(`has no ${position} that begin with one another, such as plurals and derived words`, () => {
        expect(pairs(words, (a, b) => a.startsWith(b) || b.startsWith(a))).to.deep.equal([]);
      });
    }
  });
}

describe('The vocabularies together', () => {
  it('can be written without the hyphen: no two pairs of words run together to the same letters', () => {
    const split = new Map<string, string>();
    const ambiguous: string[] = [];
    for (const { adjectives, nouns } of Object.values(VOCABULARIES)) {
      for (const adjective of adjectives) {
        for (const noun of nouns) {
          const other = split.get(adjective + noun) ?? adjective;
          if (other !== adjective) ambiguous.push(adjective + noun);
          split.set(adjective + noun, adjective);
        }
      }
    }
    expect(ambiguous).to.deep.equal([]);
  });
});

describe('combinations', () => {
  it('are quoted in the docs', () => {
    // 242 adjectives x 232 nouns x 900 numbers, and 179 x 232 x 900: correct the docs together with these.
    expect(combinations('biblical')).to.equal(50_529_600);
    expect(combinations('nature')).to.equal(37_375_200);
  });
});

describe('generateSessionId', () => {
  it('draws an adjective, a noun and a number from 100 to 999, each from its whole range', () => {
    const ranges: [number, number][] = [];
    const first = (min: number, maxExclusive: number) => {
      ranges.push([min, maxExclusive]);
      return min;
    };

    expect(generateSessionId('biblical', first)).to.equal('abiding-acacia-100');
    expect(generateSessionId('nature', first)).to.equal('agile-acacia-100');

    expect(ranges).to.deep.equal([
      [0, 242],
      [0, 232],
      [100, 1000],
      [0, 179],
      [0, 232],
      [100, 1000],
    ]);
  });

  it('can draw the last of everything', () => {
    const last = (_min: number, maxExclusive: number) => maxExclusive - 1;
    expect(generateSessionId('biblical', last)).to.equal('youthful-yarn-999');
    expect(generateSessionId('nature', last)).to.equal('zesty-zebra-999');
  });

  it('makes IDs that are valid, and already in their written form, with the real generator', () => {
    for (const name of names) {
      for (let round = 0; round < 500; round++) {
        const sessionId = generateSessionId(name);
        expect(isSessionId(sessionId), sessionId).to.equal(true);
        expect(normaliseSessionId(sessionId)).to.equal(sessionId);
        expect(normaliseSessionId(sessionId.replaceAll('-', ''))).to.equal(sessionId);
      }
    }
  });

  it('draws from the biblical words unless configured otherwise', () => {
    expect(DEFAULT_VOCABULARY).to.equal('biblical');
  });
});

describe('isSessionId', () => {
  it('accepts the shape, whatever the words', () => {
    for (const candidate of ['faithful-shepherd-427', 'foo-bar-100', 'abcdefghijkl-abcdefghijkl-999']) {
      expect(isSessionId(candidate), candidate).to.equal(true);
    }
  });

  it('refuses everything else', () => {
    const refused = `faithful-shepherd faithful-shepherd-42 faithful-shepherd-099 faithful-shepherd-1000 fa-shepherd-427
      faithful-sh-427 abcdefghijklm-shepherd-427 faithful-abcdefghijklm-427 Faithful-shepherd-427 faithful_shepherd_427
      -faithful-shepherd-427 faithful-shepherd-427- faithful--shepherd-427 faithful-shepherd-٤٢٧ faïthful-shepherd-427
      the-faithful-shepherd-427 427`;
    expect(refused.split(/\s+/).filter(isSessionId)).to.deep.equal([]);
    for (const candidate of ['', ' faithful-shepherd-427', 'faithful-shepherd-427\n', 'faithful shepherd 427']) {
      expect(isSessionId(candidate), JSON.stringify(candidate)).to.equal(false);
    }
  });
});

describe('normaliseSessionId', () => {
  const forgiven: Record<string, string> = {
    'as it is': 'faithful-shepherd-427',
    'upper case': 'FAITHFUL-SHEPHERD-427',
    'as dictated': 'Faithful shepherd 427',
    underscores: 'Faithful_Shepherd-427',
    'white space around and between': '\t faithful \n shepherd  427 ',
    'no-break spaces': 'faithful\u00a0shepherd\u202f427',
    'spaces around the hyphens': 'faithful - shepherd - 427',
    'en dashes': 'faithful\u2013shepherd\u2013427',
    'em dashes': 'faithful\u2014shepherd\u2014427',
    'non-breaking hyphens': 'faithful\u2011shepherd\u2011427',
    'minus signs': 'faithful\u2212shepherd\u2212427',
    'double hyphens': 'faithful--shepherd--427',
    'typographic quotes and a full stop': '\u201cFaithful shepherd, 427.\u201d',
    'a number without hyphen': 'faithful-shepherd427',
    'digits one by one': 'faithful shepherd 4 2 7',
    'full-width letters and digits': '\uff46\uff41ithful-shepherd-\uff14\uff12\uff17',
    'invisible characters': '\ufefffaith\u00adful-shepherd\u200b-427',
  };
  for (const [what, input] of Object.entries(forgiven)) {
    it(`forgives ${what}, with or without a dictionary`, () => {
      expect(normaliseSessionId(input)).to.equal('faithful-shepherd-427');
      expect(normaliseWithoutWords(input)).to.equal('faithful-shepherd-427');
    });
  }

  it('parts two words written as one, from any vocabulary', () => {
    expect(normaliseSessionId('faithfulshepherd427')).to.equal('faithful-shepherd-427');
    expect(normaliseSessionId('FaithfulShepherd 427')).to.equal('faithful-shepherd-427');
    expect(normaliseSessionId('swiftotter427')).to.equal('swift-otter-427');
    expect(normaliseSessionId('radiantolive100')).to.equal('radiant-olive-100'); // a pair of both vocabularies
  });

  it('leaves alone what it cannot part', () => {
    expect(normaliseSessionId('faithfulbulldozer427')).to.equal('faithfulbulldozer-427');
    expect(normaliseWithoutWords('faithfulshepherd427')).to.equal('faithfulshepherd-427');
    expect(normaliseWithoutWords('faithfulshepherd427', () => undefined)).to.equal('faithfulshepherd-427');
  });

  it('asks the dictionary for the letters only', () => {
    const asked: string[] = [];
    const split = (letters: string): [string, string] => {
      asked.push(letters);
      return ['foo', 'bar'];
    };
    expect(normaliseWithoutWords('FooBar 427', split)).to.equal('foo-bar-427');
    expect(normaliseWithoutWords('foo-bar-427', split)).to.equal('foo-bar-427');
    expect(asked).to.deep.equal(['foobar']);
  });

  it('makes no valid ID of something else', () => {
    for (const input of ['', '---', 'faithful', '427', 'faithful shepherd', '427 faithful shepherd', 'a b c d 427']) {
      expect(isSessionId(normaliseSessionId(input)), input).to.equal(false);
    }
  });

  it('changes nothing the second time', () => {
    for (const input of ['faithfulshepherd427', 'x 1 y 2 3', '--a--1', 'Faithful_Shepherd-427', 'ｆ１２']) {
      const once = normaliseSessionId(input);
      expect(normaliseSessionId(once)).to.equal(once);
    }
  });
});
