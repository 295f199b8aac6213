import { resolve } from 'node:path';
import { type System, startSystem } from '@sessions/acceptance';
import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { chromium } from '../../../scripts/tools/chromium.ts';
import { needTools } from '../../../scripts/tools/need-tools.ts';
import { startChromium } from './browser.ts';

/** With `examples/` and the built `dist/client.js`, as the example wants to be served. */
const clientFolder = resolve(import.meta.dirname, '../../client');

describe('the example of a plain HTML page, in a browser', function () {
  this.timeout(60_000);
  let browser: Browser;
  let system: System;

  before(async function () {
    const [{ executablePath }] = await needTools(this, 'plain page in a browser', chromium);
    browser = await startChromium(executablePath);
    system = await startSystem({}, { pageFolder: clientFolder });
  });
  after(async () => {
    await browser?.close();
    await system?.stop();
  });

  it('joins with the built SDK, and hears the end', async () => {
    const { sessionId, speaker } = await system.broadcast('lydia');
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(String(error)));
    await page.goto(`${system.stack.endpoint}/examples/listener.html`);
    await page.getByLabel('Service').fill(system.stack.webSocketUrl);
    await page.getByLabel('Session').fill(sessionId);
    await page.getByRole('button', { name: 'Join' }).click();

    await page.getByText(`In ${sessionId}`).waitFor();
    const { listenerCount } = await speaker.ask('sessionStatus', { action: 'getSessionStatus' });
    expect(listenerCount).to.equal(1);
    await speaker.request({ action: 'endSession' });
    await page.getByText('ended: speakerEnded').waitFor();
    expect(problems).to.deep.equal([]);
  });
});
