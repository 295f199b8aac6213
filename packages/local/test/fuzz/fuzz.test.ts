import { expect } from 'chai';
import type { Facts } from './facts.ts';
import { fuzz } from './fuzz.ts';
import { inputAt } from './inputs.ts';
import { seedOf } from './seed.ts';

const seed = seedOf();

const facts: Facts = {
  host: '127.0.0.1:1',
  stage: 'dev',
  region: 'us-east-1',
  credentials: { accessKeyId: 'AKIAAAAAAAAAAAAAAAAA', secretAccessKey: 'x' },
  tables: ['t'],
  functions: ['f'],
  messages: [{ action: 'x' }],
  protocols: [],
};

describe(`A local stack under broken bytes (FUZZ_SEED=${seed})`, function () {
  // Inputs that have no answer take time, and a busy machine more.
  this.timeout(120_000);

  it('stays well: an echo', async () => {
    expect(await fuzz({ target: 'echo', inputs: 4000, seed })).to.equal(undefined);
  });

  it('stays well: ours', async () => {
    expect(await fuzz({ target: 'sessions', inputs: 1000, seed })).to.equal(undefined);
  });

  it('would be noticed if it ended, with the inputs that may have done it', async () => {
    const failure = await fuzz({ target: 'fragile', inputs: 4000, seed });

    expect(failure?.reason).to.match(/The server ended with 1:[\s\S]*Invalid URL/);
    expect(failure?.suspects).to.not.have.length(0);
  });
});

describe('The inputs of the fuzzer', () => {
  it('are the same for the same seed, and others for another', () => {
    const series = (of: number) =>
      Array.from({ length: 200 }, (_, index) => inputAt(of, index, facts, { connectionId: 'c' }));

    expect(series(1)).to.deep.equal(series(1));
    expect(series(1)).to.not.deep.equal(series(2));
  });

  it('are those of the day, unless a seed is asked for', () => {
    expect(seedOf('', new Date('2026-11-24T23:00:00Z'))).to.equal(20261124);
    expect(seedOf('7')).to.equal(7);
    expect(() => seedOf('x')).to.throw(RangeError, 'not x');
  });
});
