import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type System, startSystem } from '@sessions/acceptance';
import axe from 'axe-core';
import { expect } from 'chai';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { buildStaleConsole, consoleFolder } from '../../../scripts/build-console.ts';
import { chromium } from '../../../scripts/tools/chromium.ts';
import { needTools } from '../../../scripts/tools/need-tools.ts';
import { startChromium } from './browser.ts';

const root = resolve(import.meta.dirname, '../../..');
/** Kept by CI. */
const screenshots = join(root, 'artifacts/screenshots');
/** Shown by the README: made anew with UPDATE_SCREENSHOTS=1. */
const shown = process.env.UPDATE_SCREENSHOTS ? ['speak', 'watch'] : [];

const phone: BrowserContextOptions = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

interface AxeResults {
  readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[];
}

describe('the console, in a browser', function () {
  this.timeout(120_000);
  let browser: Browser;
  let system: System;
  const problems: string[] = [];

  before(async function () {
    const [{ executablePath }] = await needTools(this, 'console in a browser', chromium);
    mkdirSync(screenshots, { recursive: true });
    await buildStaleConsole();
    browser = await startChromium(executablePath);
    system = await startSystem(
      // A connection is to be moved when it is 9 s old, and is told so with a heartbeat.
      {
        heartbeat_interval_seconds: '1',
        rate_limit_heartbeats_per_min: '600',
        connection_refresh_minutes: '0.15',
        rate_limit_status_per_min: '600',
      },
      { pageFolder: consoleFolder },
    );
  });
  afterEach(async () => {
    // A page of an earlier test would go on asking for a stack that has stopped.
    await Promise.all(browser.contexts().map((context) => context.close()));
    expect(problems.splice(0), 'errors in the browser').to.deep.equal([]);
  });
  after(async () => {
    await browser?.close();
    await system?.stop();
  });

  /** Opens a page of its own browser profile. */
  async function open(address = '', options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext({ locale: 'en-GB', ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('console', (message) => {
      if (message.type() !== 'error') return;
      // What Chromium says of a connection that the test has cut.
      if (!/WebSocket connection to .* failed/.test(message.text())) problems.push(message.text());
    });
    await page.goto(`${system.stack.endpoint}/${address}`);
    return page;
  }

  async function speak(): Promise<{ page: Page; sessionId: string; link: string }> {
    const page = await open('#speak');
    await page.getByLabel('You speak').selectOption('en');
    await page.getByRole('button', { name: 'Start the session' }).click();
    const sessionId = (await page.locator('[data-session-id]').getAttribute('data-session-id')) ?? '';
    const link = (await page.getByRole('link', { name: 'Listener page' }).getAttribute('href')) ?? '';
    return { page, sessionId, link: new URL(link, page.url()).hash };
  }

  async function listen(link: string, language: string, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await open(link, options);
    await page.getByLabel('You want to hear').selectOption(language);
    await page.getByRole('button', { name: 'Join' }).click();
    await inState(page, 'live');
    return page;
  }

  const inState = (page: Page, ...states: readonly string[]): Promise<void> =>
    page.locator(states.map((state) => `[data-state="${state}"]`).join(', ')).waitFor();

  const listeners = (page: Page, count: number): Promise<void> => page.locator(`[data-listeners="${count}"]`).waitFor();

  /** The states that a page shows from now on, until it is live on another connection. */
  const statesUntilRefreshed = (page: Page): Promise<string[]> =>
    page.evaluate(
      () =>
        new Promise<string[]>((resolve) => {
          const seen: string[] = [];
          const observer = new MutationObserver(() => {
            seen.push(document.querySelector('[data-state]')?.getAttribute('data-state') ?? '');
            if (seen.length > 1 && seen.at(-1) === 'live') {
              observer.disconnect();
              resolve(seen);
            }
          });
          observer.observe(document.body, { subtree: true, attributes: true, attributeFilter: ['data-state'] });
        }),
    );

  /** Violations of WCAG 2.2, levels A and AA, and of good practice. */
  async function accessibility(page: Page): Promise<string[]> {
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate<AxeResults>('axe.run()');
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  }

  const shoot = (page: Page, name: string) =>
    page.screenshot({ path: join(shown.includes(name) ? join(root, 'docs/images') : screenshots, `${name}.png`) });

  it('carries a session from its opening by the QR code to its end, with a speaker and three listeners', async () => {
    const { page: speaker, sessionId, link } = await speak();
    expect(sessionId).to.match(/^[a-z]+-[a-z]+-\d{3}$/);
    expect(link).to.match(new RegExp(`^#listen/${sessionId}\\?k=[\\w-]{10}$`));
    expect(await speaker.getByRole('img', { name: 'QR code' }).locator('svg').count()).to.equal(1);

    const first = await listen(link, 'es');
    await listen(link, 'es', { colorScheme: 'dark' });
    const onPhone = await listen(link, 'fr', phone);
    await listeners(speaker, 3);
    await speaker.locator('[data-language="es"] strong', { hasText: '2' }).waitFor();
    await speaker.locator('[data-language="fr"] strong', { hasText: '1' }).waitFor();
    await shoot(speaker, 'speak');
    await shoot(onPhone, 'listen-phone');

    await onPhone.getByLabel('You hear').selectOption('de');
    await speaker.locator('[data-language="de"] strong', { hasText: '1' }).waitFor();

    await first.context().setOffline(true);
    for (const { connectionId } of system.stack.gateway.connections()) {
      const item = (await system.connections()).find((each) => each.connectionId === connectionId);
      if (item?.role === 'listener' && item.targetLanguage === 'es') system.stack.gateway.cut(connectionId);
    }
    await inState(first, 'reconnecting');
    await shoot(first, 'listen-offline');
    await first.context().setOffline(false);
    await inState(first, 'live');

    await speaker.getByRole('button', { name: 'End the session' }).click();
    await inState(speaker, 'ended');
    await inState(first, 'ended');
    await inState(onPhone, 'ended');
    await onPhone.getByText('The speaker has ended it.').waitFor();
  });

  it('moves to a fresh connection before the old one ends, and nobody notices', async () => {
    const { page: speaker, sessionId, link } = await speak();
    const listener = await listen(link, 'ja');
    const before = new Set(system.stack.gateway.connections().map(({ connectionId }) => connectionId));
    const seen = await Promise.all([speaker, listener].map(statesUntilRefreshed));

    expect(seen).to.deep.equal([
      ['refreshing', 'live'],
      ['refreshing', 'live'],
    ]);
    const places = (await system.connections()).filter((item) => item.sessionId === sessionId);
    expect(places.map(({ role }) => role)).to.have.members(['speaker', 'listener']);
    expect(places.filter(({ connectionId }) => before.has(connectionId))).to.deep.equal([]);
    await speaker.getByRole('button', { name: 'End the session' }).click();
    await inState(listener, 'ended');
  });

  it('goes on speaking while its speaker watches', async () => {
    const { page, sessionId } = await speak();
    await page.getByRole('link', { name: 'Watch' }).click();
    await page.getByRole('row', { name: sessionId }).getByText('live').waitFor();
    await page.getByRole('button', { name: 'Add 50 listeners' }).click();
    await page.getByText('50 of 50 listeners have joined').waitFor();
    await page.getByRole('link', { name: 'Speak' }).click();
    await listeners(page, 50);
    await page.getByRole('button', { name: 'End the session' }).click();
    await inState(page, 'ended');
  });

  it('shows listeners what the speaker wants of the audio, and changes their language in place', async () => {
    const { page: speaker, link } = await speak();
    const listener = await listen(link, 'es', phone);
    await listeners(speaker, 1);
    const before = system.stack.gateway.connections().map(({ connectionId }) => connectionId);

    await listener.getByLabel('You hear').selectOption('fr');
    await speaker.locator('[data-language="fr"] strong', { hasText: '1' }).waitFor();
    await speaker.getByRole('button', { name: 'Pause' }).click();
    await listener.getByText('The speaker has paused the broadcast.').waitFor();
    await speaker.getByRole('button', { name: 'Mute' }).click();
    await speaker.getByLabel('Volume').fill('0.5');
    await listener.getByText('The speaker’s microphone is off. Volume 50 %.').waitFor();
    await shoot(speaker, 'speak-paused');
    await shoot(listener, 'listen-paused');
    await speaker.getByRole('button', { name: 'Pause', pressed: true }).click();
    await listener.getByText(/^The speaker’s microphone is off/).waitFor();

    expect(before).to.include.members(system.stack.gateway.connections().map(({ connectionId }) => connectionId));
    await speaker.getByRole('button', { name: 'End the session' }).click();
    await inState(listener, 'ended');
  });

  it('shows listeners what the speaker types, to everybody or in one language', async () => {
    const { page: speaker, link } = await speak();
    const spanish = await listen(link, 'es', phone);
    const french = await listen(link, 'fr');
    await listeners(speaker, 2);
    const captions = (page: Page) => page.getByRole('log').getByRole('listitem');
    const announce = async (text: string, to: string) => {
      const form = speaker.getByRole('form', { name: 'Announcement' });
      await form.getByRole('textbox').fill(text);
      await form.getByRole('combobox').selectOption(to);
      await speaker.getByRole('button', { name: 'Publish' }).click();
    };

    await announce('We begin in a minute', 'all');
    await speaker.getByText('Published to everybody.').waitFor();
    await announce('Buenos días', 'es');
    await speaker.getByText('Published to Español.').waitFor();
    await announce('It begins', 'all');
    for (const page of [spanish, french]) await captions(page).getByText('It begins').waitFor();

    expect((await captions(spanish).allTextContents()).sort()).to.deep.equal([
      'Buenos días',
      'It begins',
      'We begin in a minute',
    ]);
    expect(await captions(french).allTextContents()).to.deep.equal(['We begin in a minute', 'It begins']);
    expect(await captions(spanish).getByText('Buenos días').getAttribute('lang')).to.equal('es');
    expect(await accessibility(spanish), 'captions').to.deep.equal([]);
    expect(await accessibility(speaker), 'an announcement').to.deep.equal([]);
    await shoot(spanish, 'listen-captions');
    await speaker.getByRole('button', { name: 'End the session' }).click();
    await inState(french, 'ended');
  });

  it('shows how long a join has to wait, and joins when it can', async () => {
    const { page: speaker, sessionId, link } = await speak();
    await system.stack.faults.set({
      rules: [{ call: { service: 'dynamodb', function: '*connection*' }, do: 'throttle' }],
    });
    const page = await open(link);
    try {
      await page.getByRole('button', { name: 'Join' }).click();
      await page.getByText(/The next attempt comes in \d+ s/).waitFor();
      expect(await accessibility(page), 'a wait').to.deep.equal([]);
      await shoot(page, 'listen-waiting');
    } finally {
      await system.stack.faults.clear();
    }
    await inState(page, 'live');
    await page.getByRole('heading', { name: sessionId }).waitFor();
    await speaker.getByRole('button', { name: 'End the session' }).click();
    await inState(page, 'ended');
  });

  it('says that another client of the speaker has taken the session over, and takes it back', async () => {
    const { page: speaker, sessionId, link } = await speak();
    const listener = await listen(link, 'es');
    const other = await system.speaker('demo-speaker');
    const refresh = { action: 'refreshConnection', sessionId, role: 'speaker', takeOver: true } as const;
    await other.ask('connectionRefreshComplete', { ...refresh, clientId: 'another' });

    await speaker.getByText('You speak in another window').waitFor();
    await shoot(speaker, 'speak-replaced');
    await speaker.getByRole('button', { name: 'Speak here again' }).click();
    await inState(speaker, 'live');
    await inState(listener, 'live');
    expect(await speaker.locator('[data-session-id]').getAttribute('data-session-id')).to.equal(sessionId);
    await speaker.getByRole('button', { name: 'End the session' }).click();
    await inState(listener, 'ended');
  });

  it('forgives how an ID is typed, and says what is wrong with one', async () => {
    const { page: speaker, sessionId } = await speak();
    const page = await open('#listen', phone);
    await page.getByLabel('Session').fill('nobody here 100');
    await page.getByRole('button', { name: 'Join' }).click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel('Session').fill(` ${sessionId.toUpperCase().replaceAll('-', ' ')} `);
    await page.getByRole('button', { name: 'Join' }).click();
    await inState(page, 'live');
    await page.getByRole('heading', { name: sessionId }).waitFor();
    await page.getByRole('button', { name: 'Leave' }).click();
    await page.getByText('You have left.').waitFor();
    await speaker.getByRole('button', { name: 'End the session' }).click();
    await inState(speaker, 'ended');
  });

  it('shows what the stack does, and lets it heal', async () => {
    const { page: speaker } = await speak();
    const page = await open('#watch');
    await page.getByRole('button', { name: 'Add 50 listeners' }).click();
    await listeners(speaker, 50);
    await page.getByText('50 of 50 listeners have joined').waitFor();
    await page.getByRole('row', { name: 'heartbeat' }).first().waitFor();
    await page.setViewportSize({ width: 1280, height: 900 });
    await shoot(page, 'watch');

    await page.getByLabel('Only what went wrong').check();
    await page.getByRole('button', { name: 'Lose a $disconnect' }).click();
    await page.getByText('The next $disconnect will be lost: done.').waitFor();
    await page.getByRole('button', { name: 'Cut a connection' }).click();
    await page.getByRole('row', { name: 'lose a $disconnect' }).first().waitFor();
    await page.getByRole('button', { name: 'Throttle DynamoDB' }).click();
    await page.getByRole('row', { name: 'throttle DynamoDB' }).first().waitFor();
    expect(await accessibility(page), 'Watch').to.deep.equal([]);
    await page.getByRole('button', { name: 'Send them home' }).click();
    await system.stack.faults.clear();
    await speaker.getByRole('button', { name: 'End the session' }).click();
    await inState(speaker, 'ended');
  });

  it('goes on speaking and listening while time is compressed, through a refresh, and afterwards', async () => {
    const ordinary = system;
    // The settings of a deployment, but for a refresh every ten minutes: at 60 times that is every ten seconds.
    system = await startSystem({ connection_refresh_minutes: '10' }, { pageFolder: consoleFolder });
    try {
      const { page: speaker, link } = await speak();
      const listener = await listen(link, 'ja');
      const watch = await open('#watch');
      const startedAtMs = system.stack.clock.nowMs();
      const refreshed = Promise.all([speaker, listener].map(statesUntilRefreshed));
      await watch.getByRole('button', { name: 'Compress time' }).click();
      await watch.getByText('Time runs 60 times as fast: done.').waitFor();

      expect(await refreshed).to.deep.equal([
        ['refreshing', 'live'],
        ['refreshing', 'live'],
      ]);
      expect(system.stack.clock.nowMs() - startedAtMs).to.be.above(500_000);
      // Closes whoever has been silent for 90 of the stack's seconds.
      await system.sweep();
      await watch.getByRole('button', { name: 'Compress time' }).click();
      await watch.getByText('Time runs as usual: done.').waitFor();
      await listeners(speaker, 1);
      await inState(speaker, 'live');
      await inState(listener, 'live');
      await speaker.getByRole('button', { name: 'End the session' }).click();
      await inState(listener, 'ended');
    } finally {
      await Promise.all(browser.contexts().map((context) => context.close()));
      await system.stop();
      system = ordinary;
    }
  });

  it('is accessible: each page and state, light and dark, by keyboard', async () => {
    const { page: speaker, sessionId, link } = await speak();
    const listener = await listen(link, 'pt', { ...phone, colorScheme: 'dark' });
    const form = await open('#listen');
    const start = await open('#speak', { colorScheme: 'dark' });
    expect(await accessibility(speaker), 'Speak').to.deep.equal([]);
    expect(await accessibility(listener), 'Listen').to.deep.equal([]);
    expect(await accessibility(form), 'the form of listeners').to.deep.equal([]);
    expect(await accessibility(start), 'the form of speakers').to.deep.equal([]);

    await form.getByLabel('Session').focus();
    await form.keyboard.type(sessionId);
    await form.keyboard.press('Enter');
    await inState(form, 'live');
    await speaker.getByRole('button', { name: 'End the session' }).focus();
    await speaker.keyboard.press('Enter');
    await inState(listener, 'ended');
    await inState(form, 'ended');
  });
});
