import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConsoleClient, signIn } from '../../install/test/console-client.ts';
import { admin, eventually, freshFolder, type Product, startProduct } from '../../install/test/product.ts';
import en from '../src/locales/en.json' with { type: 'json' };
import zh from '../src/locales/zh.json' with { type: 'json' };
import { findChromium } from './find-chromium.ts';

const executablePath = findChromium();
const axe = readFileSync(fileURLToPath(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url)), 'utf8');
const looks = [
  { language: 'en', theme: 'light', width: 1366, height: 860 },
  { language: 'en', theme: 'dark', width: 390, height: 844 },
  { language: 'zh', theme: 'light', width: 390, height: 844 },
  { language: 'zh', theme: 'dark', width: 1366, height: 860 },
] as const;

const words: Record<
  'en' | 'zh',
  Pick<typeof zh, 'action' | 'budget' | 'compare' | 'node' | 'key' | 'progress' | 'quota' | 'upstream' | 'oauth'>
> = { en, zh };
const simulated = 'simulator';

/** Screens, each by its address and what is clicked there; `GROUP` stands for the id of the demo group. */
const screens = (text: (typeof words)['en']): readonly (readonly [path: string, ...clicks: string[]])[] => {
  const edit = `[role=dialog] button:text-is("${text.action.edit}")`;
  const name = 'main table button >> nth=0';
  const add = 'main h1 + div button >> nth=0';
  return [
    ['/admin/groups/GROUP?tab=services'],
    ['/admin/groups/GROUP?tab=quotas', 'main ul button >> nth=0'],
    ['/admin/groups/GROUP?tab=quotas', `main button:text-is("${text.budget.open}")`],
    ['/admin/groups/GROUP?tab=quotas', `main button:text-is("${text.quota.new}")`, '[role=dialog] details summary'],
    ['/admin/groups/GROUP?tab=traffic', 'main details summary'],
    ['/admin/groups/GROUP?tab=members'],
    ['/admin/groups/GROUP?tab=events'],
    ['/admin/groups/GROUP', `main button:text-is("${text.upstream.add}")`],
    ['/admin/groups/GROUP', `main tr:has-text("${simulated}") button >> nth=0`, edit],
    ['/stats'],
    ['/admin/groups'],
    ['/admin/services', add],
    ['/admin/services', name, edit, '[role=dialog] details summary'],
    ['/admin/services', name, `[role=dialog] button:text-is("${text.oauth.short}")`],
    ['/admin/proxies', add, '[role=dialog] details summary'],
    ['/admin/proxies', name],
    ['/admin/nodes', name],
    ['/admin/nodes', name, `[role=dialog] button:text-is("${text.node.forget}")`],
    ['/admin/nodes', name, `[role=dialog] button:text-is("${text.node.retire}")`],
    ['/admin/audit'],
    ['/admin/audit', name],
    ['/admin/audit?tab=group', 'main section:last-of-type table button'],
    ['/admin/audit?tab=group', `main button:text-is("${text.compare.new}")`],
    ['/keys', 'main table button >> nth=0'],
    ['/keys?tab=quota'],
    ['/alerts'],
    ['/keys?tab=accounts', `main button:text-is("${text.upstream.add}")`],
  ];
};

/** A proxy that does not answer, and a service for which members bring their own accounts. */
async function furnish(product: Product): Promise<string> {
  const { call } = await signIn(product.consoleUrl);
  const { groups } = await call<{ groups: { id: string }[] }>('GET', '/carpool/groups');
  const id = groups[0]?.id ?? '';
  await call('POST', '/proxy-resources', { name: 'Nowhere', host: '127.0.0.1', port: 9, country: 'Japan', country_code: 'JP' });
  const services = [{ service_name: 'simulator' }, { service_name: 'claude', auth_method: 'individual_keys' }];
  await call('PUT', `/carpool/groups/${id}/ai-services`, { services });
  for (const quota of [
    { of: 'group', limit: 1_000_000 },
    { of: 'member', limit: 500_000 },
  ])
    await call('POST', `/carpool/groups/${id}/quotas`, { ...quota, unit: 'tokens', window: 'month' });
  const own = { group_id: id, service_name: 'claude', name: 'Mine', credential: 'not-a-real-secret' };
  await call('POST', '/user/upstream-accounts', own);
  await fillBooks(product, call, id);
  return id;
}

/** One request that is settled and read again, and a table of the provider that says otherwise. */
async function fillBooks(product: Product, call: ConsoleClient['call'], groupId: string): Promise<void> {
  const { api_key: key } = await call<{ api_key: string }>('POST', '/user/api-keys', { name: 'Books', group_id: groupId });
  await eventually(async () => expect((await askOnce(product, key)).status).toBe(200));
  const audit = () => call<{ summary: { rows: number; proved_percent: number } }>('GET', '/admin/ledger-audit');
  await eventually(async () => expect((await audit()).summary.rows).toBeGreaterThan(0));
  await call('POST', '/admin/ledger-audit/check');
  await eventually(async () => {
    await askOnce(product, key);
    expect((await audit()).summary.proved_percent).toBeGreaterThan(0);
  }, 30_000);
  const content = `date,model,input_tokens,output_tokens,cost_usd\n${new Date().toISOString().slice(0, 10)},claude-sonnet-5,900,90,0.5`;
  await call('POST', `/carpool/groups/${groupId}/provider-exports`, { service_name: 'simulator', content });
}

function askOnce({ nodeUrl }: Product, key: string): Promise<Response> {
  return fetch(`${nodeUrl}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'claude-sonnet-5', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] }),
  });
}

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** Nothing for axe to say, and nothing sideways to scroll. */
async function expectSound(page: Page, place: string): Promise<void> {
  await page.waitForTimeout(200);
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
  let groupId: string;

  beforeAll(async () => {
    product = await startProduct(folder.path, { CARPOOL_ALLOW_PRIVATE_UPSTREAMS: '127.0.0.0/8' });
    groupId = await furnish(product);
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
      for (const [path, ...clicks] of screens(words[language])) {
        await page.goto(product.consoleUrl + path.replace('GROUP', groupId));
        await page.waitForSelector('main section');
        for (const click of clicks) await page.click(click);
        await expectSound(page, [path, ...clicks].join(' → '));
      }
      await page.goto(`${product.consoleUrl}/admin/groups/${groupId}`);
      await page.click(`main tr:has-text("${simulated}") button:text-is("${words[language].action.test}")`);
      await page.waitForSelector('[role=dialog] blockquote');
      await expectSound(page, 'test of an account');

      await page.goto(`${product.consoleUrl}/keys`);
      await page.click('main h1 + div button');
      await page.fill('input[name=name]', `${language} ${width}`);
      await expectSound(page, 'new key');
      await page.click('button[type=submit]');
      const key = (await page.textContent('[role=dialog] pre')) ?? '';
      await expectSound(page, 'key ready');
      await page.keyboard.press('Escape');
      expect(await page.isVisible('[role=dialog]'), 'the key stays until it is saved').toBe(true);
      const answer = await askOnce(product, key);
      expect(answer.status).toBe(200);
      await page.check('[role=dialog] input[type=checkbox]');
      await page.click(`[role=dialog] button:text-is("${words[language].action.done}")`);
      await page.click(`main tr:has-text("${language} ${width}") button:text-is("${words[language].key.revoke}")`);
      await page.click(`[role=dialog] button:text-is("${words[language].key.revoke}")`);
      await page.waitForSelector(`[role=dialog] >> text=${words[language].progress.all}`);
      await expectSound(page, 'a key that is revoked everywhere');
      expect((await askOnce(product, key)).status).toBe(401);
      await context.close();
    },
  );
});
