import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type ConsoleClient, signIn } from '../../install/test/console-client.ts';
import { admin, eventually, freshFolder, type Product, startProduct } from '../../install/test/product.ts';
import en from '../src/locales/en.json' with { type: 'json' };
import { findChromium } from './find-chromium.ts';

const executablePath = findChromium();
const month = new Date().toISOString().slice(0, 7);
const cost = (name: string) => ({ name, amount_usd: 10, from_month: month, to_month: null, rule: 'equal', shares: {} });
const button = (text: string) => `button:text-is("${text}")`;
// Not a 5xx: those are asked again without a word, twice.
const refusal = { status: 403, json: { success: false, error: { code: 'forbidden', message: 'no', request_id: 'r' } } };

describe.skipIf(!executablePath)('a change made in a real browser', () => {
  const folder = freshFolder();
  let product: Product;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let call: ConsoleClient['call'];
  let groupId: string;

  beforeAll(async () => {
    product = await startProduct(folder.path);
    call = (await signIn(product.consoleUrl)).call;
    const { groups } = await call<{ groups: { id: string }[] }>('GET', '/carpool/groups');
    groupId = groups[0]?.id ?? '';
    const services = ['simulator', 'claude', 'gemini'].map((name) => ({ service_name: name }));
    await call('PUT', `/carpool/groups/${groupId}/ai-services`, { services });
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox', '--disable-gpu'] });
    context = await browser.newContext({ viewport: { width: 1366, height: 860 } });
    page = await context.newPage();
    page.setDefaultTimeout(10_000);
    await page.addInitScript(`localStorage.setItem('aicarpool.language', 'en')`);
    await page.goto(product.consoleUrl);
    await page.fill('input[name=email]', admin.email);
    await page.fill('input[name=password]', admin.password);
    await page.click('button[type=submit]');
    await page.waitForURL('**/admin/dashboard');
  });

  afterAll(async () => {
    await browser?.close();
    await product?.running.end();
    folder.remove();
  });

  const at = (path: string) => page.goto(product.consoleUrl + path);
  const quotasAt = () => `/admin/groups/${groupId}?tab=quotas`;
  const set = (quota: object) => call('POST', `/carpool/groups/${groupId}/quotas`, { unit: 'tokens', window: 'month', ...quota });
  const quotas = async () =>
    (await call<{ quotas: { id: string; of: string; limit: number }[] }>('GET', `/carpool/groups/${groupId}/quotas`)).quotas;
  /** Makes calls of the page to this address fail until the test says otherwise. */
  const failing = async (path: RegExp) => {
    await page.route(path, (route) => (route.request().method() === 'GET' ? route.fulfill(refusal) : route.continue()));
    return () => page.unroute(path);
  };

  beforeEach(async () => {
    for (const { id } of await quotas()) await call('DELETE', `/carpool/groups/${groupId}/quotas/${id}`);
  });

  it('never writes fixed costs over a list that was not read', async () => {
    await call('PUT', `/carpool/groups/${groupId}/fixed-costs`, { fixed_costs: [cost('Seats')] });
    const mend = await failing(/\/fixed-costs$/);
    await at(`/statements?group=${groupId}`);
    await page.waitForSelector('main [role=alert]');
    expect(await page.isVisible(button(en.statement.addFixed))).toBe(false);
    expect(await page.isVisible(`text=${en.statement.noFixedNote}`)).toBe(false);
    await mend();
    await page.click(`main [role=alert] ${button(en.action.retry)}`);
    await page.click(button(en.statement.addFixed));
    await page.fill('[role=dialog] input[name=name]', 'Server');
    await page.fill('[role=dialog] input[name=amount]', '5');
    // Another manager is faster.
    await call('PUT', `/carpool/groups/${groupId}/fixed-costs`, { fixed_costs: [cost('Seats'), cost('Office')] });
    await page.click(`[role=dialog] ${button(en.action.save)}`);
    await page.waitForSelector(`[role=dialog] >> text=${en.problem.fixed_costs_moved}`);
    await page.waitForSelector('main table >> text=Office');
    await page.click(`[role=dialog] ${button(en.action.save)}`);
    await page.waitForSelector('[role=dialog]', { state: 'detached' });
    const { fixed_costs: kept } = await call<{ fixed_costs: { name: string }[] }>(
      'GET',
      `/carpool/groups/${groupId}/fixed-costs`,
    );
    expect(kept.map(({ name }) => name)).toEqual(['Seats', 'Office', 'Server']);
  });

  it('offers no change of quotas that were not read', async () => {
    await set({ of: 'group', limit: 1_000_000, mode: 'hard' });
    for (const calls of [/\/quotas\?/, /\/alerts\?/]) onTestFinished(await failing(calls));
    await at(quotasAt());
    await page.waitForSelector('main [role=alert]');
    expect(await page.isVisible(button(en.budget.open))).toBe(false);
    expect(await page.isVisible(button(en.quota.new))).toBe(false);
    expect(await page.isVisible(`text=${en.quota.none}`)).toBe(false);
  });

  it('does not take an emptied limit for zero', async () => {
    await set({ of: 'group', limit: 1_000_000 });
    await at(quotasAt());
    await page.click('main ul button >> nth=0');
    await page.click(`[role=dialog] ${button(en.action.edit)}`);
    await page.fill('input[name=limit]', '');
    await page.click(`[role=dialog] ${button(en.action.save)}`);
    await page.waitForTimeout(500);
    expect(await page.isVisible('input[name=limit]')).toBe(true);
    expect((await quotas()).map(({ limit }) => limit)).toEqual([1_000_000]);
    await page.fill('input[name=limit]', '0');
    await page.click(`[role=dialog] ${button(en.action.save)}`);
    await eventually(async () => expect((await quotas()).map(({ limit }) => limit)).toEqual([0]));
  });

  it('keeps hold of a slider while it moves the others', async () => {
    await set({ of: 'group', limit: 1_000_000 });
    await at(quotasAt());
    await page.click(button(en.budget.open));
    await page.check('[role=dialog] input[type=checkbox]');
    const sliders = page.locator('[role=dialog] .grid-cols-3 input[type=range]');
    await sliders.nth(0).focus();
    for (let step = 0; step < 5; step += 1) await page.keyboard.press('ArrowRight');
    const values = await sliders.evaluateAll((all) => all.map((one) => Number((one as unknown as { value: string }).value)));
    expect(values[0]).toBe(39);
    expect(values.reduce((sum, value) => sum + value, 0)).toBe(100);
  });

  it('says what is allowed but may not be meant, once it is saved', async () => {
    await set({ of: 'group', limit: 1000 });
    await at(quotasAt());
    await page.click(button(en.quota.new));
    await page.selectOption('select[name=of]', 'group');
    await page.selectOption('select[name=window]', 'day');
    await page.fill('input[name=limit]', '2000');
    await page.click(`[role=dialog] ${button(en.action.save)}`);
    await page.waitForSelector('main [role=status] >> text=the month’s is reached first');
    expect(await page.isVisible('[role=dialog]')).toBe(false);
  });

  it('offers plain members only what is theirs to see', async () => {
    const me = /\/auth\/me$/;
    const group = new RegExp(`/carpool/groups/${groupId}$`);
    await page.route(me, async (route) => {
      const answer = await (await route.fetch()).json();
      await route.fulfill({ json: { ...answer, data: { user: { ...answer.data.user, role: 'group_member' } } } });
    });
    await page.route(group, async (route) => {
      const answer = await (await route.fetch()).json();
      await route.fulfill({ json: { ...answer, data: { ...answer.data, role: 'member' } } });
    });
    onTestFinished(async () => {
      await page.unroute(me);
      await page.unroute(group);
    });
    await at(`/admin/groups/${groupId}?tab=history`);
    await page.waitForSelector('main table');
    const hiddenWords = [
      en.group.tabs.accounts,
      en.group.tabs.history,
      en.versions.export,
      en.group.to.suspended,
      en.action.edit,
    ];
    for (const hidden of hiddenWords) expect(await page.isVisible(`main >> text="${hidden}"`), hidden).toBe(false);
    expect(await page.isVisible('main [role=alert]')).toBe(false);

    await at(`/admin/groups/${groupId}?tab=traffic`);
    await page.waitForSelector(`main >> text="${en.limits.title}"`);
    expect(await page.locator('main input, main select').count()).toBeGreaterThan(10);
    expect(await page.locator('main :is(input, select):enabled').count()).toBe(0);
    expect(await page.isVisible(`main ${button(en.action.save)}`)).toBe(false);
    expect(await page.locator(`main >> text="${en.action.managersOnly}"`).count()).toBe(3);
  });

  it.each([
    ['signing keys', '/admin/nodes', /\/signing-keys$/],
    ['groups', '/admin/groups', /\/carpool\/groups\?/],
    ['groups for their books', '/admin/audit?tab=group', /\/carpool\/groups\?/],
    ['groups for their statements', '/statements', /\/carpool\/groups\?/],
    ['groups for their usage', '/stats', /\/carpool\/groups\?/],
    ['months', '/statements', /\/statements\?/],
    ['events', '/admin/groups/GROUP?tab=events', /\/events\?/],
    ['versions', '/admin/groups/GROUP?tab=history', /\/config-versions\?/],
    ['accounts', '/admin/groups/GROUP', /\/upstream-accounts\?/],
    ['proxies', '/admin/proxies', /\/proxy-resources\?/],
    ['alerts', '/alerts', /\/alerts\?/],
    ['my quota', '/keys?tab=quota', /\/user\/quota$/],
  ])('says that %s could not be read, and asks again when told to', async (_, path, calls) => {
    const mend = await failing(calls);
    onTestFinished(mend);
    await at(path.replace('GROUP', groupId));
    await page.waitForSelector('main [role=alert]');
    expect(await page.isVisible(`main >> text=${en.action.loading}`)).toBe(false);
    await mend();
    await page.click(`main [role=alert] ${button(en.action.retry)}`);
    await page.waitForSelector('main [role=alert]', { state: 'detached' });
  });
});
