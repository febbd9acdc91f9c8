import { cpSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Stage } from '../../scenario.ts';
import { askOnce } from '../../stack/callers.ts';
import { eventually, pause } from '../../stack/program.ts';
import type { Stack } from '../../stack/stack.ts';

/** What a node holds of the config, by scope, kind and id: its revision and its body. */
export type Held = ReadonlyMap<string, string>;

export function readConfig(dataDir: string): Held {
  const db = new Database(join(dataDir, 'config.db'), { readonly: true, timeout: 5_000 });
  try {
    const rows = db.prepare<[], Record<string, string>>('SELECT scope, kind, id, rev, body FROM resource').all();
    return new Map(rows.map(({ scope, kind, id, rev, body }) => [`${scope} ${kind} ${id}`, `${rev} ${body}`]));
  } finally {
    db.close();
  }
}

/** Of a node that was cut off: what it holds must be what was stored, or it let go of it. */
export function findOthers(held: Held, sound: Held): string[] {
  return [...held].filter(([name, text]) => sound.get(name) !== text).map(([name]) => name);
}

export function isSetAside(dataDir: string): boolean {
  return readdirSync(dataDir).some((name) => /^config\.db\.broken-\d+$/.test(name));
}

/** Well-formed, and not what the centre said: nothing but its own sums can tell. `kind` must not be served any more. */
const changes: readonly { readonly name: string; readonly kind: string; readonly sql: string }[] = [
  {
    name: 'another name of the group',
    kind: 'group',
    sql: `UPDATE resource SET body = json_set(body, '$.name', 'of nobody') WHERE kind = 'group'`,
  },
  {
    name: 'a larger limit',
    kind: 'quota',
    sql: `UPDATE resource SET body = json_set(body, '$.limit', 10 * json_extract(body, '$.limit')) WHERE kind = 'quota'`,
  },
  { name: 'a limit that is gone', kind: 'group', sql: `DELETE FROM resource WHERE kind = 'quota'` },
];

/** The config of a node is changed on disk, while it neither runs nor can ask. It serves nobody by it; the centre mends it. */
export async function configChanged(stage: Stage, stack: Stack): Promise<void> {
  const { node } = stack;
  await stack.newQuota({ of: 'key', unit: 'usd', window: 'month', limit: 10_000, mode: 'soft' });
  await eventually(async () => {
    await pause(200);
    if (![...readConfig(node.dataDir).keys()].some((name) => name.includes(' quota '))) throw new Error('no limit arrived');
  });
  await node.stop();
  const sound = `${node.dataDir}.before`;
  cpSync(node.dataDir, sound, { recursive: true });
  const before = readConfig(sound);
  const ask = () => askOnce({ node: node.url, key: stack.key.secret, rid: stack.nextRid(), log: stack.clientLog });
  for (const { name, kind, sql } of changes) {
    const db = new Database(join(node.dataDir, 'config.db'));
    const { changes: rows } = db.prepare(sql).run();
    db.close();
    stage.expect(rows > 0, `${name}: there was nothing to change`);
    node.toCentre.set('refuse');
    await node.start();
    const { status, body } = await ask();
    stage.expect(status === 503, `${name}: the node answers ${status} ${body}`);
    await node.stop();
    const held = readConfig(node.dataDir);
    stage.expectAll(findOthers(held, before).map((one) => `${name}: the node still holds ${one} as it was changed`));
    stage.expect(![...held.keys()].some((one) => one.includes(` ${kind} `)), `${name}: the node keeps its ${kind}`);
    node.toCentre.set('pass');
    await node.start();
    await eventually(async () => {
      const again = await ask();
      if (again.status !== 200) throw new Error(`${name}: not mended by the centre: ${again.status} ${again.body}`);
    }, 30_000).catch((error: Error) => stage.expect(false, error.message));
    await node.stop();
    stage.expect(findOthers(before, readConfig(node.dataDir)).length === 0, `${name}: the centre did not mend the config`);
  }
  rmSync(sound, { recursive: true });
  await node.start();
  stage.figures['changes of the config'] = changes.length;
}
