import { type System, startSystem } from '@sessions/acceptance';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { buildStaleConsole, consoleFolder } from '../../../scripts/build-console.ts';
import { chromium } from '../../../scripts/tools/chromium.ts';
import { needTools } from '../../../scripts/tools/need-tools.ts';
import { startChromium } from './browser.ts';

describe('the console of a stack that other machines reach, in a browser', function () {
  this.timeout(120_000);
  let browser: Browser;
  let system: System;

  before(async function () {
    const [{ executablePath }] = await needTools(this, 'console of an exposed stack', chromium);
    await buildStaleConsole();
    browser = await startChromium(executablePath);
    system = await startSystem({}, { pageFolder: consoleFolder, host: '0.0.0.0' });
  });
  after(async () => {
    await browser?.close();
    await system?.stop();
  });

  /** In a browser of its own, with no cookie. */
  async function open(url: string): Promise<Page> {
    const page = await (await browser.newContext({ locale: 'en-GB' })).newPage();
    page.setDefaultTimeout(20_000);
    await page.goto(url);
    return page;
  }

  it('shows the speaker a QR code that leads a phone to the session, and lets it listen and nothing else', async () => {
    // As on the laptop itself: the QR code leads to the address in the network all the same.
    const { endpoint, accessToken, pageUrl, webSocketUrl } = system.stack;
    const speaker = await open(`${endpoint}/?token=${accessToken}`);
    await speaker.getByRole('button', { name: 'Start the session' }).click();
    const link = (await speaker.getByRole('link', { name: 'Listener page' }).getAttribute('href')) ?? '';

    const phone = await open(link);
    await phone.getByRole('button', { name: 'Join' }).click();
    await speaker.locator('[data-listeners="1"]').waitFor();

    expect(new URL(speaker.url()).search).to.equal('');
    expect(new URL(link).host).to.equal(new URL(webSocketUrl).host);
    expect(link).not.to.contain(new URL(pageUrl).searchParams.get('token'));
    expect(await speaker.getByRole('link', { name: 'Watch' }).count()).to.equal(1);
    expect(await phone.getByRole('link', { name: 'Watch' }).count()).to.equal(0);
    await phone.goto(`${new URL(link).origin}/#speak`);
    await phone.getByRole('alert').getByText('the address that npm start printed').waitFor();
    expect(await phone.getByRole('button', { name: 'Start the session' }).count()).to.equal(0);
  });
});
