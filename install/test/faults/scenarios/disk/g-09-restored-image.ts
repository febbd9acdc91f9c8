import { cpSync, readdirSync, rmSync } from 'node:fs';
import type { Book } from '../../checker/node-rows.ts';
import { isUsedUp, judgeBudget, openBudget } from '../../checker/spend-bound.ts';
import { judge, readAllBooks } from '../../checker/universal.ts';
import type { Scenario } from '../../scenario.ts';
import { eventually, pause } from '../../stack/program.ts';
import type { Stack } from '../../stack/stack.ts';

/** A disk image of a node comes back from the past, and then a copy of a node runs beside it. */
export const restoredImage: Scenario = {
  id: 'G-9',
  title: 'restored disk image, and a clone beside its original',
  everyday: true,
  mutations: [
    {
      name: 'books from the past go on',
      file: 'shared-protocol/src/escrow/node-news.ts',
      find: "if (answer.status === 'fork' || isOlderThanSettled(question, answer.acked)) {",
      replace: 'if (question.no < 0) {',
    },
    {
      name: 'the centre grants what is not free',
      file: 'shared-protocol/src/escrow/center-window.ts',
      find: 'return limit - (granted - returned);',
      replace: 'return limit * 2 - (granted - returned);',
    },
  ],
  run: async (stage) => {
    const stack = await stage.open();
    const { node } = stack;
    const image = `${node.dataDir}.image`;
    const kept = `${node.dataDir}.kept`;
    stack.call({ callers: 4, restMs: 5 });
    const budget = await openBudget(stack, stage.pick(40_000, 400_000, 20_000), {
      nodes: () => stack.nodes.filter((one) => one.isRunning).map(({ url }) => url),
    });
    await pause(1_000);
    await node.kill();
    cpSync(node.dataDir, image, { recursive: true });
    await node.start();
    await pause(2_500);
    await node.stop();
    // What the checker reads: the rows that the image forgot were settled, and callers saw their answers end.
    cpSync(node.dataDir, kept, { recursive: true });
    rmSync(node.dataDir, { recursive: true });
    cpSync(image, node.dataDir, { recursive: true });
    rmSync(image, { recursive: true });
    await node.start();
    // The centre has settled rows that this disk does not know: its books are set aside, and whoever watches starts it again.
    const told = await Promise.race([node.program.ended, pause(20_000)]);
    stage.expect(told?.code === 74, `a restored node was not told to begin new books: ${JSON.stringify(told)}`);
    if (node.isRunning) await node.kill();
    await node.start();
    const aside = readdirSync(node.dataDir).filter((name) => name.includes('.condemned-') && name.endsWith('.json'));
    stage.expect(aside.length === 1, `the books of the restored disk were not set aside: ${readdirSync(node.dataDir)}`);
    await eventually(async () => {
      const { status, body } = await stack.ask();
      if (status !== 200) throw new Error(`the restored node answers ${status} ${body}`);
    }, 20_000);
    await pause(1_500);

    const clone = await stack.cloneOf(node);
    // Whoever is told to begin new books is started again, as by its supervisor; one of the two is told to leave for good.
    const both = [node, clone];
    const fenced = await eventually(async () => {
      for (const one of both) {
        if (one.isRunning) continue;
        const { code } = await one.program.ended;
        if (code === 75) return one;
        if (code === 74) await one.start();
      }
      throw new Error('of two nodes with one identity none was fenced');
    }, 30_000);
    const survivor = both.find((one) => one !== fenced) ?? node;
    await eventually(async () => {
      if (!survivor.isRunning) await survivor.start();
      const { status } = await stack.ask({ node: survivor.url });
      if (status !== 200) throw new Error(`the survivor answers ${status}`);
    }, 30_000);
    // It may still be told that its books are not those that were settled; whoever watches starts it again.
    let isWatched = true;
    const watching = (async () => {
      for (; isWatched; await pause(200)) if (!survivor.isRunning) await survivor.start();
    })();
    stage.expect(await isUsedUp(budget, stage.pick(60_000, 600_000)), 'the budget was never used up');
    isWatched = false;
    await watching;
    await judge(stage, stack);
    const unreported = await neverReported(stack, readAllBooks(stack));
    stage.figures['never reported'] = unreported;
    stage.expect(unreported <= budget.limit / 4, `${unreported} of a budget were spent on disks that never told of it`);
    await judgeBudget(stage, stack, budget, unreported);
  },
};

/** What rows say that were used of a budget and that the centre never took: of disks that were given up before they could tell. */
async function neverReported({ centre }: Stack, books: readonly Book[]): Promise<number> {
  const known = await centre.sql<{ id: string; acked: string; chain: string }[]>`
    SELECT id, acked_seq AS acked, chain FROM fleet_books`;
  const settled = new Set(
    known.flatMap(({ id, acked, chain }) => {
      const file = books.find(
        ({ name, rows }) => name === id && rows.some((row) => row.seq === Number(acked) && row.chain === chain),
      );
      return (file?.rows ?? []).filter(({ seq }) => seq <= Number(acked)).map((row) => row.chain);
    }),
  );
  // A chain names a row and all before it: copies of a disk hold the same row once.
  const others = new Map(books.flatMap(({ rows }) => rows).map((row) => [row.chain, row]));
  return [...others]
    .filter(([chain]) => !settled.has(chain))
    .reduce((sum, [, { charges }]) => sum + charges.reduce((all, [, amount]) => all + amount, 0), 0);
}
