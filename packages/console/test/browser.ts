import { type Browser, chromium } from 'playwright-core';

/** Starts a Chromium without a window. */
export const startChromium = (executablePath: string): Promise<Browser> =>
  chromium.launch({
    executablePath,
    // As root there is no sandbox; the rest keeps it from calling its makers.
    args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
