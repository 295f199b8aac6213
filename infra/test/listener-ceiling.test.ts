import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect } from 'chai';
import { quotas } from '../scripts/preflight/quotas.ts';
import { defaultThrottle, listenerCeiling, smallThrottle, usualTraffic } from '../src/listener-ceiling.ts';
import { variables } from '../src/variables.ts';

const read = (page: string) =>
  readFileSync(resolve(import.meta.dirname, '../../docs', page), 'utf8').replaceAll(/\s+/g, ' ');
/** As the pages round it: down, to two digits. */
const about = (listeners: number): string => {
  const unit = 10 ** (Math.floor(Math.log10(listeners)) - 1);
  return `about ${(Math.floor(listeners / unit) * unit).toLocaleString('en')}`;
};

describe('the ceiling of listeners', () => {
  it('counts a message and a heartbeat as one request each', () => {
    expect(listenerCeiling(10_000)).to.equal(27_272); // 10,000 / (1/3 + 1/30)
    expect(listenerCeiling(2_500)).to.equal(6_818);
    expect(listenerCeiling(1_000, { messageSeconds: 1, heartbeatSeconds: 1 })).to.equal(500);
    expect(usualTraffic.heartbeatSeconds).to.equal(variables.heartbeat_interval_seconds.default);
  });

  for (const page of ['deployment.md', 'operations.md']) {
    it(`is what docs/${page} says, for both kinds of Regions`, () => {
      const text = read(page);

      for (const { rate } of [defaultThrottle, smallThrottle]) {
        expect(text).to.include(about(listenerCeiling(rate)));
        expect(text).to.include(rate.toLocaleString('en'));
      }
      expect(text).to.match(/one message every three seconds/);
    });
  }

  it('comes with codes of quotas that the preflight knows', () => {
    const codes = ['deployment.md', 'operations.md'].flatMap((page) => read(page).match(/L-[0-9A-F]{8}/g) ?? []);

    expect(codes).to.not.be.empty;
    expect(Object.values(quotas).map(({ code }) => code)).to.include.members(codes);
  });
});
