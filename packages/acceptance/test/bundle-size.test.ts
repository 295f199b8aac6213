import { expect } from 'chai';
import { lambdaNames } from '../../../scripts/lambdas.ts';
import { bundledDependencies, bundleSize } from './bundles/built-bundle.ts';

/**
 * What each bundle may weigh, in kB of 1000 bytes: at most a tenth above what it needs. Every 100 kB that are loaded at
 * the start take about 6 ms of every cold start to compile (docs/decisions). A bundle that has outgrown its budget
 * either has something in it that it does not need (see `dist/meta.json`), or a reason, which belongs into the commit
 * that raises the budget.
 */
const budgetsKb = {
  api: { start: 345, total: 475 },
  authorizer: { start: 82, total: 82 },
  connection: { start: 350, total: 480 },
  heartbeat: { start: 325, total: 455 },
  publisher: { start: 345, total: 475 },
  refresh: { start: 335, total: 465 },
  status: { start: 325, total: 455 },
  disconnect: { start: 325, total: 455 },
  sweeper: { start: 315, total: 445 },
  notifier: { start: 335, total: 465 },
  deliverer: { start: 325, total: 455 },
};

describe('the size of a bundle', () => {
  it('has a budget for every function', () => {
    expect(budgetsKb).to.have.all.keys(lambdaNames());
  });

  for (const [name, budget] of Object.entries(budgetsKb)) {
    it(`${name}: at most ${budget.start} kB at the start, ${budget.total} kB in all`, async () => {
      const { startKb, totalKb } = await bundleSize(name);

      expect(startKb, 'kB at the start').to.be.at.most(budget.start);
      expect(totalKb, 'kB in all').to.be.at.most(budget.total);
    });

    it(`${name}: its budget is at most a tenth above what it needs`, async () => {
      const { startKb, totalKb } = await bundleSize(name);

      expect(budget.start, 'kB at the start').to.be.at.most(startKb * 1.1);
      expect(budget.total, 'kB in all').to.be.at.most(totalKb * 1.1);
    });

    it(`${name}: holds each dependency in one version`, async () => {
      const dependencies = await bundledDependencies(name);
      const names = dependencies.map((dependency) => dependency.slice(0, dependency.lastIndexOf('@')));

      expect(dependencies).to.have.length.above(0);
      expect(new Set(names).size, dependencies.join(' ')).to.equal(names.length);
    });
  }
});
