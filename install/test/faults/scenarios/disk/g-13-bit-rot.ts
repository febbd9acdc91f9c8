import { closeSync, cpSync, fstatSync, openSync, readdirSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { readBooks } from '../../checker/node-rows.ts';
import { judge } from '../../checker/universal.ts';
import type { Scenario, Stage } from '../../scenario.ts';
import { askOnce } from '../../stack/callers.ts';
import { pause } from '../../stack/program.ts';
import type { Stack } from '../../stack/stack.ts';

/** Single bits turn over in the files of a node that is not running. */
export const bitRot: Scenario = {
  id: 'G-13',
  title: 'bits turn over in ledger.db and config.db',
  everyday: false,
  mutations: [],
  run: async (stage) => {
    const stack = await stage.open();
    stack.call({ callers: 8, restMs: 0 });
    await pause(2_000);
    await judge(stage, stack);
    await stack.node.stop();
    const sound = `${stack.node.dataDir}.sound`;
    cpSync(stack.node.dataDir, sound, { recursive: true });
    const outcomes = new Map<string, number>();
    for (const file of ['ledger.db', 'config.db']) {
      for (let flip = 0; flip < stage.pick(12, 60, 4); flip += 1) {
        rmSync(stack.node.dataDir, { recursive: true });
        cpSync(sound, stack.node.dataDir, { recursive: true });
        const where = turnOneBit(join(stack.node.dataDir, file), stage.random);
        const outcome = await startOn(stage, stack, file, where);
        outcomes.set(`${file} ${outcome}`, (outcomes.get(`${file} ${outcome}`) ?? 0) + 1);
      }
    }
    rmSync(sound, { recursive: true });
    for (const [name, count] of outcomes) stage.figures[name] = count;
  },
};

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

/** Cut off from the centre, so that nothing repairs the config before it is used. */
async function startOn(stage: Stage, stack: Stack, file: string, where: string): Promise<string> {
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
  stage.expect([200, 401, 503].includes(right.status), `${file}, ${where}: the node answers ${right.status} ${right.body}`);
  await node.stop();
  const aside = readdirSync(node.dataDir).filter((name) => /\.(corrupt|condemned)-/.test(name)).length > 0;
  const faults = readable(node.dataDir);
  stage.expect(
    aside || faults.length === 0,
    `${file}, ${where}: the node went on with books that contradict themselves: ${faults[0]}`,
  );
  node.toCentre.set('pass');
  return aside ? 'found, set aside' : right.status === 200 ? 'harmless' : `served nobody (${right.status})`;
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
