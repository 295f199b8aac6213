import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { readMeasured } from '../../../../scripts/cost/measured.ts';
import { renderCosts } from '../../../../scripts/cost/page.ts';
import { costsPage } from '../../../../scripts/docs.ts';

describe('the page of costs', () => {
  it('says what the price says', async () => {
    const hint = 'docs/costs.md is out of date: npm run generate';
    expect(await readFile(costsPage, 'utf8'), hint).to.equal(renderCosts(readMeasured()));
  });
});
