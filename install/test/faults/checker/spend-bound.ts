import type { Stage } from '../scenario.ts';
import { readConfig } from '../scenarios/disk/changed-config.ts';
import type { CallerOptions, Callers } from '../stack/callers.ts';
import { eventually } from '../stack/program.ts';
import type { Stack } from '../stack/stack.ts';
import { readWindows } from './centre-rights.ts';

/** A hard budget of one key, and callers who press against it. */
export interface Budget {
  readonly quota: string;
  readonly limit: number;
  readonly callers: Callers;
}

/** `limit` tokens a day. The callers begin when the first node has the rule: from then on it binds. */
export async function openBudget(stack: Stack, limit: number, over: Partial<CallerOptions> = {}): Promise<Budget> {
  const { id, secret } = await stack.newKey();
  const rule = { of: 'key', subject: id, unit: 'tokens', window: 'day', limit, mode: 'hard', max_output_tokens: 64 };
  const quota = await stack.newQuota(rule);
  await eventually(() => {
    const isThere = [...readConfig(stack.node.dataDir).keys()].some((name) => name.endsWith(` quota ${quota}`));
    if (!isThere) throw new Error('the node does not hear of a budget');
  });
  return { quota, limit, callers: stack.call({ key: () => secret, callers: 3, restMs: 40, ...over }) };
}

/** True once nobody is served any more because of it; false when that does not come. */
export function isUsedUp({ callers }: Budget, deadlineMs: number): Promise<boolean> {
  return eventually(() => {
    const late = callers.log.filter(({ endedAtMs }) => endedAtMs > 0).slice(-20);
    if (late.length < 20 || late.some(({ status }) => status !== 429)) throw new Error('the budget is not used up');
    return true;
  }, deadlineMs).catch(() => false);
}

/**
 * U3 of one budget, by the bill of the provider and by the books of the centre. `unreported`: what disks that were given up
 * knew and nobody else ever heard. A budget that nobody pressed against proves nothing.
 */
export async function judgeBudget(stage: Stage, stack: Stack, { quota, limit, callers }: Budget, unreported = 0): Promise<void> {
  const rids = new Set(callers.log.map(({ rid }) => rid));
  const billed = stack.provider.bill
    .filter(({ rid }) => rids.has(rid))
    .reduce((sum, { input, output }) => sum + input + output, 0);
  // A test that runs over midnight sees two days; no clock of a node makes a third.
  const [begun] = await stack.centre
    .sql`SELECT count(*) AS days FROM fleet_windows WHERE quota_id = ${quota} AND starts_at <= now()`;
  const days = Number(begun?.['days']);
  stage.expect(days > 0, 'the centre opened no window for the budget');
  const bound = limit * days + unreported;
  stage.expect(billed <= bound, `U3: the provider charged ${billed} against a budget of ${limit}; ${bound} is the bound`);
  for (const { win, spent, forced } of (await readWindows(stack)).filter(({ quotaId }) => quotaId === quota)) {
    stage.expect(spent <= limit + unreported, `U3: of window ${win} ${spent} are booked; its limit is ${limit}`);
    stage.expect(forced <= unreported, `U3: window ${win} was passed by ${forced}`);
  }
  const refused = callers.refused.filter(({ status }) => status === 429).length;
  stage.expect(billed > 0 && refused > 0, `nobody pressed against the budget: ${billed} were used, ${refused} were refused`);
  Object.assign(stage.figures, { budget: limit, 'charged against it': billed, 'refused by it': refused });
}
