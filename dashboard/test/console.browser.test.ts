import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { admin, freshFolder, type Product, startProduct } from '../../install/test/product.ts';
import { findChromium } from './find-chromium.ts';

const executablePath = findChromium();
const axe = readFileSync(fileURLToPath(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url)), 'utf8');
const looks = [
  { language: 'en', theme: 'light', width: 1366, height: 860 },
  { language: 'en', theme: 'dark', width: 390, height: 844 },
  { language: 'zh', theme: 'light', width: 390, height: 844 },
  { language: 'zh', theme: 'dark', width: 1366, height: 860 },
] as const;

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** Nothing for axe to say, and nothing sideways to scroll. */
async function expectSound(page: Page, place: string): Promise<void> {
  await page.waitForTimeout(300);
  await page.evaluate(axe);
  const found = (await page.evaluate(
    "axe.run({ exclude: [['[data-base-ui-focus-guard]']] }).then((r) => r.violations)",
  )) as Violation[];
  expect(
    found.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`),
    place,
  ).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), place).toBeLessThanOrEqual(0);
}

describe.skipIf(!executablePath)('the console in a real browser', () => {
  const folder = freshFolder();
  let product: Product;
  let browser: Browser;

  beforeAll(async () => {
    product = await startProduct(folder.path);
    const quiet = [
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
    ];
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox', '--disable-sync', ...quiet] });
  });

  afterAll(async () => {
    await browser?.close();
    await product?.running.end();
    folder.remove();
  });

  it.each(looks)(
    'leads from sign-in to a key that works: $language, $theme, $width px',
    async ({ language, theme, width, height }) => {
      const context = await browser.newContext({ viewport: { width, height }, bypassCSP: true });
      const page = await context.newPage();
      await page.addInitScript(
        `localStorage.setItem('aicarpool.language', '${language}'); localStorage.setItem('aicarpool.theme', '${theme}')`,
      );
      await page.goto(product.consoleUrl);
      await page.waitForSelector('input[name=email]');
      await expectSound(page, 'sign-in');
      await page.fill('input[name=email]', admin.email);
      await page.fill('input[name=password]', admin.password);
      await page.click('button[type=submit]');
      await page.waitForURL('**/admin/dashboard');
      await page.waitForSelector('figure');
      await expectSound(page, 'overview');
      const [group] = (await page.evaluate(
        "fetch('/api/v1/carpool/groups').then((r) => r.json()).then((r) => r.data.groups)",
      )) as { readonly id: string }[];
      const parts = ['accounts', 'services', 'traffic', 'members', 'events'].map(
        (tab) => `/admin/groups/${group?.id}?tab=${tab}`,
      );
      for (const place of parts) {
        await page.goto(product.consoleUrl + place);
        await page.waitForSelector('main section');
        await expectSound(page, place);
      }
      await page.goto(`${product.consoleUrl}/admin/groups/${group?.id}`);
      await page.click(`main table button:has-text("${language === 'zh' ? '\u6d4b\u8bd5' : 'Test'}")`);
      await page.waitForSelector('[role=dialog] blockquote');
      await expectSound(page, 'test of an account');
      for (const place of ['/stats', '/admin/groups', '/admin/proxies', '/admin/nodes', '/keys']) {
        await page.goto(product.consoleUrl + place);
        await page.waitForSelector('h1');
        await expectSound(page, place);
      }

      await page.click('main h1 + div button');
      await page.fill('input[name=name]', `${language} ${width}`);
      await expectSound(page, 'new key');
      await page.click('button[type=submit]');
      const key = (await page.textContent('[role=dialog] pre')) ?? '';
      await expectSound(page, 'key ready');
      await page.keyboard.press('Escape');
      expect(await page.isVisible('[role=dialog]'), 'the key stays until it is saved').toBe(true);
      const answer = await fetch(`${product.nodeUrl}/v1/messages`, {
        method: 'POST',
        headers: { 'x-api-key': key, 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'claude-sonnet-5', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] }),
      });
      expect(answer.status).toBe(200);
      await page.check('[role=dialog] input[type=checkbox]');
      await page.click(`[role=dialog] button:has-text("${language === 'zh' ? '\u5b8c\u6210' : 'Done'}")`);
      await context.close();
    },
  );
});
