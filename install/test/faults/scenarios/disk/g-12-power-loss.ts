import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readBooks } from '../../checker/node-rows.ts';
import { judge } from '../../checker/universal.ts';
import type { Scenario } from '../../scenario.ts';
import type { ClientLine } from '../../stack/callers.ts';
import { lacksStrace } from '../../stack/machine.ts';
import { pause } from '../../stack/program.ts';
import { cutPower, type Loss, readTrace } from './power-cut.ts';

const files = ['ledger.db', 'ledger.db-wal'];

/**
 * The power goes, at every moment at which a caller had just seen an answer end: every write of the books is traced, and
 * the disk is built as it may look after such a cut. What callers saw end is in it, whatever the disk lost.
 */
export const powerLoss: Scenario = {
  id: 'G-12',
  title: 'power loss at any moment: no answer that a client saw end is lost',
  everyday: true,
  lacks: lacksStrace,
  mutations: [
    {
      name: 'commits are not synced',
      file: 'edge-agent/src/ledger/write/row-writer.ts',
      find: '    if (full) assertDurable(this.#db);',
      replace: "    if (full) this.#db.pragma('synchronous = NORMAL');",
    },
  ],
  run: async (stage) => {
    const stack = await stage.open();
    const { node } = stack;
    await stack.ask();
    await node.stop();
    const place = (name: string) => join(node.dataDir, name);
    const before = new Map(
      files.flatMap((name) => (existsSync(place(name)) ? [[name, readFileSync(place(name))] as const] : [])),
    );
    const trace = join(stack.options.folder, 'trace');
    const calls = 'trace=pwrite64,ftruncate,fsync,fdatasync';
    const paths = files.flatMap((name) => ['-P', place(name)]);
    await node.start({
      under: ['strace', '-D', '-ff', '-ttt', '-T', '-y', '-xx', '-s', '200000', '-e', calls, ...paths, '-o', trace],
    });
    const callers = stack.call({ callers: 4, restMs: 15 });
    await pause(stage.pick(4_000, 60_000, 2_500));
    await callers.stop();
    await node.kill();
    const traced = readTrace(trace);
    stage.expect(traced.filter(({ name }) => name.endsWith('sync')).length > 20, `only ${traced.length} calls were traced`);

    const ends = callers.log.filter(({ sawEnd }) => sawEnd);
    const losses: Loss[] = ['all', 'some', 'torn'];
    let lost = 0;
    const images = stage.pick(60, 600, 30);
    for (let at = 0; at < images; at += 1) {
      const end = ends[Math.floor(stage.random() * ends.length)];
      if (!end) break;
      const loss = losses[at % losses.length] ?? 'all';
      const disk = cutPower(before, traced, { atMs: end.endedAtMs, loss, random: stage.random });
      const missing = missingIn(
        disk,
        join(stage.folder, 'image'),
        ends.filter(({ endedAtMs }) => endedAtMs < end.endedAtMs),
      );
      if (missing.length > 0) lost += 1;
      if (missing.length > 0) stage.expect(false, `after a cut that lost ${loss} of what was not synced: ${missing[0]}`);
    }
    rmSync(join(stage.folder, 'image'), { recursive: true, force: true });
    await node.start();
    await judge(stage, stack);
    Object.assign(stage.figures, { images, 'images that lost an answer': lost, 'calls traced': traced.length });
  },
};

/** Opens what is left as any reader would, and looks for every answer that had ended by then. */
function missingIn(disk: ReadonlyMap<string, Buffer>, folder: string, ended: readonly ClientLine[]): string[] {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const [name, data] of disk) writeFileSync(join(folder, name), data);
  try {
    const [book] = readBooks(folder);
    const known = new Set(book?.rows.map(({ requestId }) => requestId));
    const missing = ended.filter(({ requestId }) => requestId === null || !known.has(requestId));
    return [
      ...(book?.faults ?? []),
      ...missing.map(({ rid }) => `${rid}, which its caller saw end, is lost (of ${ended.length})`),
    ];
  } catch (error) {
    return [`the books cannot be opened: ${error instanceof Error ? error.message : error}`];
  }
}
