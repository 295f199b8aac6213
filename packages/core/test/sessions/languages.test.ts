import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import {
  dataFile,
  generatedFile,
  readFromAws,
  renderLanguageData,
  sourceLocalesOf,
  targetsOf,
} from '../../../../scripts/refresh-languages.ts';
import {
  isLanguageCode,
  isSourceLanguage,
  isTargetLanguage,
  normaliseLanguageCode,
  sourceLanguages,
  targetLanguages,
} from '../../src/sessions/languages.ts';

describe('Languages', () => {
  it('are up to date with data/languages.json (else run: npm run languages)', async () => {
    const data = JSON.parse(await readFile(dataFile, 'utf8'));
    expect(await readFile(generatedFile, 'utf8')).to.equal(renderLanguageData(data));
  });

  it('to listen in are the 20 with a translation and a neural voice, and 3 of their varieties', () => {
    expect(targetLanguages.join(' ')).to.equal(
      'ar ca cs da de en es es-MX fi fr fr-CA hi it ja ko nl no pl pt pt-PT sv tr zh',
    );
  });

  it('to speak are 64, in 84 locales', () => {
    expect(sourceLanguages.filter((code) => code.length === 2)).to.have.length(64);
    expect(sourceLanguages.filter((code) => code.length === 5)).to.have.length(84);
    expect(sourceLanguages.slice(0, 7)).to.deep.equal(['af', 'af-ZA', 'am', 'am-ET', 'ar', 'ar-AE', 'ar-SA']);
  });

  it('are listed once each, in the form that is asked for', () => {
    for (const list of [sourceLanguages, targetLanguages]) {
      expect(new Set(list).size).to.equal(list.length);
      expect(list.filter((code) => !isLanguageCode(code) || normaliseLanguageCode(code) !== code)).to.deep.equal([]);
    }
  });
});

describe('isTargetLanguage', () => {
  it('accepts what can be translated to and spoken', () => {
    for (const code of ['es', 'pt', 'zh', 'no', 'en', 'fr-CA']) expect(isTargetLanguage(code), code).to.equal(true);
  });

  it('refuses languages without a neural voice, varieties without one of their own, and other spellings', () => {
    // ru and ro: standard voices only; zh-TW, fa-AF: no voice; pt-BR: Translate's code is pt
    for (const code of ['ru', 'ro', 'zh-TW', 'fa-AF', 'pt-BR', 'en-US', 'PT', 'xx', '']) {
      expect(isTargetLanguage(code), code).to.equal(false);
    }
  });
});

describe('isSourceLanguage', () => {
  it('accepts locales that are transcribed and translated, and their languages', () => {
    for (const code of ['en', 'en-US', 'en-GB', 'pt', 'pt-BR', 'ru', 'zh-TW', 'sw-KE']) {
      expect(isSourceLanguage(code), code).to.equal(true);
    }
  });

  it('refuses what is transcribed but not translated, and what is not transcribed', () => {
    // eu and zu: no translation; zh-HK: Cantonese, no translation; ga and ur: not transcribed; en-SG: no such locale
    for (const code of ['eu', 'eu-ES', 'zu-ZA', 'zh-HK', 'ga', 'ur', 'en-SG', 'en-us', '']) {
      expect(isSourceLanguage(code), code).to.equal(false);
    }
  });
});

describe('isLanguageCode', () => {
  it('accepts a language, with or without a country, supported or not', () => {
    for (const code of ['en', 'xx', 'pt-BR', 'xx-YY']) expect(isLanguageCode(code), code).to.equal(true);
  });

  it('refuses everything else', () => {
    for (const code of [
      '',
      'e',
      'eng',
      'EN',
      'en-us',
      'en_US',
      'en-',
      'en-USA',
      'es-419',
      'zh-Hant',
      'english',
      'en\n',
    ]) {
      expect(isLanguageCode(code), code).to.equal(false);
    }
  });
});

describe('normaliseLanguageCode', () => {
  it('puts the language in lower case and the country in upper case', () => {
    expect(['PT-br', 'pt-br', 'pt-BR', 'EN', 'en'].map(normaliseLanguageCode)).to.deep.equal([
      'pt-BR',
      'pt-BR',
      'pt-BR',
      'en',
      'en',
    ]);
  });

  it('leaves alone what is no language code', () => {
    for (const input of ['', 'English', 'pt_BR', ' EN', 'ZH-Hant', 'EN\n']) {
      expect(normaliseLanguageCode(input)).to.equal(input);
    }
  });
});

describe('scripts/refresh-languages.ts', () => {
  it('offers a variety only with a voice of its own, and a language with any voice', () => {
    const pollyNeural = ['arb', 'cmn-CN', 'es-US', 'nb-NO', 'pt-PT', 'yue-CN'];
    const translate = ['zh-TW', 'ar', 'es', 'es-MX', 'no', 'pt', 'pt-PT', 'ru', 'zh'];
    expect(targetsOf({ translate, pollyNeural, transcribeStreaming: [] })).to.deep.equal([
      'ar',
      'es',
      'no',
      'pt',
      'pt-PT',
      'zh',
    ]);
  });

  it('does not take Cantonese for Chinese', () => {
    const transcribeStreaming = ['zh-TW', 'zh-HK', 'zh-CN'];
    expect(sourceLocalesOf({ translate: ['zh'], pollyNeural: [], transcribeStreaming })).to.deep.equal([
      'zh-CN',
      'zh-TW',
    ]);
  });

  it('refuses to write a code that isLanguageCode would not know', () => {
    const file = {
      asOf: '2026-01-01',
      sources: [],
      translate: ['zh'],
      pollyNeural: [],
      transcribeStreaming: ['zh-Hant'],
    };
    expect(() => renderLanguageData(file)).to.throw('zh-Hant');
  });

  it('reads every page of what AWS lists, and leaves out what is no language', async () => {
    const sent: unknown[] = [];
    class Command {
      readonly input: object;
      constructor(input: object) {
        this.input = input;
      }
    }
    const clientAnswering = (...pages: object[]) =>
      class {
        async send({ input }: Command) {
          sent.push(input);
          return pages.shift();
        }
      };
    const packages: Record<string, Record<string, unknown>> = {
      '@aws-sdk/client-translate': {
        TranslateClient: clientAnswering(
          { Languages: [{ LanguageCode: 'pt' }, { LanguageCode: 'auto' }], NextToken: 'page 2' },
          { Languages: [{ LanguageCode: 'ar' }] },
        ),
        ListLanguagesCommand: Command,
      },
      '@aws-sdk/client-polly': {
        PollyClient: clientAnswering({
          Voices: [
            { LanguageCode: 'pt-BR' },
            { LanguageCode: 'ar-AE', AdditionalLanguageCodes: ['arb'] },
            { LanguageCode: 'pt-BR' },
          ],
        }),
        DescribeVoicesCommand: Command,
      },
      '@aws-sdk/client-transcribe-streaming': { LanguageCode: { PT_BR: 'pt-BR', AR_AE: 'ar-AE' } },
    };

    const offered = await readFromAws(async (packageName) => packages[packageName] ?? {});

    expect(offered).to.deep.equal({
      translate: ['ar', 'pt'],
      pollyNeural: ['ar-AE', 'arb', 'pt-BR'],
      transcribeStreaming: ['ar-AE', 'pt-BR'],
    });
    expect(sent).to.have.deep.members([{}, { NextToken: 'page 2' }, { Engine: 'neural' }]);
  });
});
