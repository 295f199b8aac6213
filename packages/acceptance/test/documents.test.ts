import { readFile } from 'node:fs/promises';
import { combinations } from '@sessions/core/sessions';
import { expect } from 'chai';
import { errorCodesPage, renderErrorCodes } from '../../../scripts/docs.ts';

const read = (path: string) => readFile(new URL(`../../../${path}`, import.meta.url), 'utf8');

describe('the documents', () => {
  it('list the error codes as they are', async () => {
    expect(await readFile(errorCodesPage, 'utf8')).to.equal(renderErrorCodes());
  });

  it('state how many session IDs there are', async () => {
    const page = (await read('docs/protocol.md')).replaceAll(/\s+/g, ' ');
    const biblical = combinations('biblical').toLocaleString('en-US');
    const nature = combinations('nature').toLocaleString('en-US');
    expect(page).to.include(
      `The biblical vocabulary makes ${biblical} different IDs, the nature vocabulary ${nature} `,
    );
  });

  it('state how long guessing a session ID takes, by the limit on wrong ones', async () => {
    const page = (await read('docs/protocol.md')).replaceAll(/\s+/g, ' ');
    const { variable } = JSON.parse(await read('infra/cdktf.out/stacks/sessions-prod/cdk.tf.json'));
    const perMinute = variable.rate_limit_wrong_ids_per_min.default;
    const perHour = perMinute * 60;
    const hours = (vocabulary: 'biblical' | 'nature') => Math.round(combinations(vocabulary) / 100 / perHour);
    expect(page).to.include(
      `An address has ${perMinute} wrong guesses a minute, ${perHour.toLocaleString('en-US')} an hour; with 100 sessions ` +
        `that are live it finds one in ${hours('biblical')} hours on average (nature: ${hours('nature')}).`,
    );
  });

  it('name only files that exist', async () => {
    const pages = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'docs/protocol.md', 'docs/data.md'];
    for (const page of [...pages, 'docs/pipeline.md', 'docs/compatibility.md']) {
      const folder = page.startsWith('docs/') ? 'docs/' : '';
      for (const [, target = ''] of (await read(page)).matchAll(/\]\(([^)#:]+)\)/g)) await read(`${folder}${target}`);
    }
  });
});
