import { closeSync, cpSync, fstatSync, openSync, readdirSync, readFileSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { readBooks } from '../../checker/node-rows.ts';
import { judge } from '../../checker/universal.ts';
import type { Scenario, Stage } from '../../scenario.ts';
import { askOnce } from '../../stack/callers.ts';
import { eventually, pause } from '../../stack/program.ts';
import type { Stack } from '../../stack/stack.ts';
import { configChanged, findOthers, type Held, isSetAside, readConfig } from './changed-config.ts';

/** Single bits turn over in the files of a node that is not running. */
export const bitRot: Scenario = {
  id: 'G-13',
  title: 'bits turn over in ledger.db and config.db',
  everyday: false,
  mutations: [
    {
      name: 'books are not read back at the start',
      file: 'edge-agent/src/ledger/store/verify-tail.ts',
      find: '  return new ChainReader(db).verify(after === base.seq ? base : chainPoint(db, after), headSeq);',
      replace: '  return headSeq === base.seq ? base : chainPoint(db, headSeq);',
    },
    {
      name: 'a body of the config is not compared with its revision',
      file: 'edge-agent/src/snapshot/check-upsert.ts',
      find: "  if (!fits) throw new Error('rev does not belong to this body');",
      replace: '',
    },
    {
      name: 'what a scope of the config lacks is not looked for',
      file: 'edge-agent/src/snapshot/load-config.ts',
      find: 'store.findScope(scope)?.digest !== digest.toHex()',
      replace: 'false',
    },
  ],
  run: async (stage) => {
    const stack = await stage.open();
    await notSettledYet(stage, stack);
    await configChanged(stage, stack);
    await settledAlready(stage, stack);
  },
};

/** Rows that nobody else has: read back at every start, so that not one that is wrong is ever settled. */
async function notSettledYet(stage: Stage, stack: Stack): Promise<void> {
  const { node } = stack;
  node.toCentre.set('refuse');
  stack.call({ callers: 8, restMs: 0 });
  await pause(stage.pick(1_500, 5_000, 1_000));
  await stack.stopCallers();
  await node.stop();
  const sound = `${node.dataDir}.sound`;
  cpSync(node.dataDir, sound, { recursive: true });
  const config = readConfig(sound);
  const billed = stack.provider.bill.length;
  const outcomes = new Map<string, number>();
  for (const file of ['ledger.db', 'config.db']) {
    const flips = Array.from({ length: stage.pick(12, 60, 4) }, () => (path: string) => turnOneBit(path, stage.random));
    // Of bits that nobody chose most are in nobody's way.
    const spoils = file === 'ledger.db' ? [changeRow, ...flips] : flips;
    for (const spoil of spoils) {
      rmSync(node.dataDir, { recursive: true });
      cpSync(sound, node.dataDir, { recursive: true });
      const where = spoil(join(node.dataDir, file));
      const outcome = await startOn(stage, stack, { file, where, config });
      outcomes.set(`${file} ${outcome}`, (outcomes.get(`${file} ${outcome}`) ?? 0) + 1);
    }
  }
  for (const [name, count] of outcomes) stage.figures[name] = count;
  // What was asked in between is booked on disks that are gone.
  stack.provider.bill.length = billed;
  rmSync(node.dataDir, { recursive: true });
  cpSync(sound, node.dataDir, { recursive: true });
  rmSync(sound, { recursive: true });
  node.toCentre.set('pass');
  await node.start();
  await judge(stage, stack);
}

/** Rows that the centre has settled: the node finds it when it is asked for them, tells it or leaves its books, and the totals stay. */
async function settledAlready(stage: Stage, stack: Stack): Promise<void> {
  const { node, centre } = stack;
  await node.stop();
  const path = join(node.dataDir, 'ledger.db');
  const [book] = readBooks(node.dataDir);
  changeRow(path);
  const totals = () => centre.sql`SELECT sum(output) AS output, sum(attempts) AS attempts FROM fleet_hourly_totals`;
  const before = JSON.stringify(await totals());
  await centre.sql`UPDATE fleet_books SET ask_from = 1, ask_to = 20, asked_at = now() WHERE id = ${book?.name ?? ''}`;
  await node.start();
  const outcome = await eventually(async () => {
    const [proof] = await centre.sql`SELECT outcome FROM fleet_proofs WHERE from_seq = 1 AND to_seq = 20`;
    if (!proof && !node.isRunning) return 'the node left its books';
    if (!proof) throw new Error('rows that were asked for again were not told');
    return String(proof['outcome']);
  }, 20_000).catch((error: Error) => error.message);
  const isFound = outcome === 'differs' || outcome === 'the node left its books';
  stage.expect(isFound, `a settled row that was changed on disk: ${outcome}`);
  if (!node.isRunning)
    stage.expect(readFileSync(node.logFile, 'utf8').includes('chain of the ledger is broken at row 5'), 'left, and not said why');
  stage.expect(JSON.stringify(await totals()) === before, 'the totals of the centre changed with a row on a disk');
  stage.figures['settled row changed'] = outcome;
}

function changeRow(path: string): string {
  const db = new Database(path);
  db.prepare('UPDATE edge_usage_rows SET output = output + 1 WHERE seq = 5').run();
  db.close();
  return 'row 5 with another usage';
}

function turnOneBit(path: string, random: () => number): string {
  const file = openSync(path, 'r+');
  const at = Math.floor(random() * fstatSync(file).size);
  const bit = Math.floor(random() * 8);
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, at);
  byte[0] = (byte[0] ?? 0) ^ (1 << bit);
  writeSync(file, byte, 0, 1, at);
  closeSync(file);
  return `bit ${bit} of byte ${at}`;
}

interface Turned {
  readonly file: string;
  readonly where: string;
  /** As it was before. */
  readonly config: Held;
}

/** Cut off from the centre, so that nothing repairs the config before it is used. */
async function startOn(stage: Stage, stack: Stack, { file, where, config }: Turned): Promise<string> {
  const { node } = stack;
  node.toCentre.set('refuse');
  const started = await node.start({ readyMs: 20_000 }).then(
    () => true,
    () => false,
  );
  if (!started) {
    stage.expect(node.program.output.length > 0, `${file}, ${where}: the node ended without a word`);
    await node.kill();
    return 'refused to start';
  }
  const [right, stranger] = await Promise.all([
    askOnce({ node: node.url, key: stack.key.secret, rid: stack.nextRid() }),
    askOnce({ node: node.url, key: `${stack.key.secret.slice(0, -1)}_`, rid: stack.nextRid() }),
  ]);
  stage.expect(stranger.status !== 200, `${file}, ${where}: an unknown key was served`);
  stage.expect([200, 503].includes(right.status), `${file}, ${where}: the node answers ${right.status} ${right.body}`);
  await node.stop();
  const aside =
    isSetAside(node.dataDir) || readdirSync(node.dataDir).some((name) => /^ledger\.db\.(corrupt|condemned)-/.test(name));
  const faults = readable(node.dataDir);
  stage.expect(
    aside || faults.length === 0,
    `${file}, ${where}: the node went on with books that contradict themselves: ${faults[0]}`,
  );
  const others = findOthers(readConfig(node.dataDir), config);
  stage.expect(others.length === 0, `${file}, ${where}: the node went on with a config that nobody gave it: ${others}`);
  const withdrawn = readConfig(node.dataDir).size < config.size;
  node.toCentre.set('pass');
  return aside
    ? 'found, set aside'
    : withdrawn
      ? 'found, let go'
      : right.status === 200
        ? 'harmless'
        : `served nobody (${right.status})`;
}

function readable(dataDir: string): readonly string[] {
  try {
    return readBooks(dataDir)
      .filter(({ path }) => path.endsWith('ledger.db'))
      .flatMap(({ faults }) => faults);
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}
