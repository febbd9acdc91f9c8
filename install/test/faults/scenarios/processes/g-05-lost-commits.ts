import { readWindows } from '../../checker/centre-rights.ts';
import { judge } from '../../checker/universal.ts';
import type { Scenario } from '../../scenario.ts';
import { eventually, pause } from '../../stack/program.ts';
import type { Stack } from '../../stack/stack.ts';

/** Postgres is replaced by a standby that lacks the last commits. Nothing goes back silently, and everything adds up again. */
export const lostCommits: Scenario = {
  id: 'G-5',
  title: 'fail-over of Postgres to a standby that lost commits',
  everyday: true,
  mutations: [
    {
      name: 'rows that a lost commit had settled are not sent again',
      file: 'shared-protocol/src/escrow/node-news.ts',
      find: "  tasks.push({ kind: 'acknowledge', seq: answer.acked });",
      replace: "  if (!isOtherEpoch && answer.status !== 'gap') tasks.push({ kind: 'acknowledge', seq: answer.acked });",
    },
    {
      name: 'receipts are told as of the new epoch and prove nothing',
      file: 'shared-protocol/src/escrow/node-ask.ts',
      find: 'receipt_epoch: window.epoch }',
      replace: 'receipt_epoch: book.epoch }',
    },
  ],
  run: async (stage) => {
    const stack = await stage.open({ nodes: 2, durable: true });
    const { centre } = stack;
    const limit = stage.pick(120_000, 1_000_000, 40_000);
    const quota = await stack.newQuota({
      of: 'group',
      unit: 'tokens',
      window: 'total',
      limit,
      mode: 'hard',
      max_output_tokens: 64,
    });
    await pause(1_500);
    const callers = stack.call({ callers: 8, restMs: 25 });
    await pause(1_500);
    await centre.keepStandby();
    const before = { epoch: await epochOf(stack), granted: await grantedOf(stack, quota) };
    const lostKey = await stack.newKey();
    await eventually(async () => {
      const { status } = await stack.ask({ key: lostKey.secret });
      if (status !== 200) throw new Error(`a new key got ${status}`);
    });
    await pause(stage.pick(3_000, 30_000, 2_000));
    const lost = (await grantedOf(stack, quota)) - before.granted;
    await centre.promoteStandby();
    await eventually(async () => {
      if ((await epochOf(stack)) === before.epoch) throw new Error('the epoch did not change');
    }, 40_000).catch((error: Error) => stage.expect(false, error.message));
    await stack.signIn();
    await eventually(async () => {
      const { status } = await stack.ask({ key: lostKey.secret });
      if (status !== 401) throw new Error(`a key that the new primary does not know still gets ${status}`);
    }, 60_000).catch((error: Error) => stage.expect(false, error.message));
    const key = await stack.newKey();
    await eventually(async () => {
      for (const { url } of stack.nodes) {
        const { status } = await stack.ask({ node: url, key: key.secret });
        if (status !== 200 && status !== 429 && status !== 402) throw new Error(`a key made after the fail-over got ${status}`);
      }
    }, 60_000).catch((error: Error) => stage.expect(false, error.message));
    const usedUp = await eventually(
      () => {
        const late = callers.log.slice(-30);
        if (late.length < 30 || late.some(({ sawEnd, endedAtMs }) => sawEnd || endedAtMs === 0))
          throw new Error('the budget is not used up');
        return true;
      },
      stage.pick(180_000, 600_000, 80_000),
    ).catch(() => false);
    await judge(stage, stack);
    const billed = stack.provider.bill.reduce((sum, line) => sum + line.input + line.output, 0);
    const window = (await readWindows(stack)).find(({ quotaId }) => quotaId === quota);
    stage.expect(billed <= limit + lost, `U3: the provider charged ${billed}; ${limit} and ${lost} of lost grants is the bound`);
    stage.expect(
      window?.forced === 0,
      `${window?.forced} of grants that were lost came back as overruns: receipts proved nothing`,
    );
    stage.expect(usedUp, 'the budget was never used up after the fail-over');
    Object.assign(stage.figures, { limit, billed, 'lost grants': lost, forced: window?.forced ?? -1 });
  },
};

async function epochOf({ centre }: Stack): Promise<string> {
  const [row] = await centre.sql`SELECT epoch FROM fleet_escrow`;
  return String(row?.['epoch']);
}

async function grantedOf(stack: Stack, quota: string): Promise<number> {
  return (await readWindows(stack)).find(({ quotaId }) => quotaId === quota)?.granted ?? 0;
}
