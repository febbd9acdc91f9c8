import { judge } from '../../checker/universal.ts';
import type { Scenario, Stage } from '../../scenario.ts';
import { eventually, pause } from '../../stack/program.ts';
import { sayRaw } from '../../stack/raw-caller.ts';
import type { Stack } from '../../stack/stack.ts';

/** Somebody who heard everything says it again, byte for byte: to the same session, and to a later one. */
export const replay: Scenario = {
  id: 'G-23',
  title: 'replays: join, session, settlement, everything a node ever said',
  everyday: true,
  mutations: [
    {
      name: 'a counter may be used again',
      file: 'control-plane/src/fleet/identity/calls/use-counter.ts',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: text of a source
      find: 'ELSE get_bit(${seen}, (${last} - (${high} - ${now}))::int) = 0',
      replace: 'ELSE true',
    },
  ],
  run: async (stage) => {
    const stack = await stage.open({ record: true });
    stack.call({ callers: 4, restMs: 10 });
    await pause(2_500);
    const said = [...recorded(stack)];
    stage.expect(
      said.some(({ path }) => path.endsWith('/settle')),
      'no settlement was heard: nothing is tried',
    );
    stage.expect(
      said.some(({ path }) => path.endsWith('/register')),
      'no join was heard: nothing is tried',
    );
    await sayAgain(stage, stack, said, 'in the same session');
    await stack.node.stop();
    await stack.node.start();
    await pause(1_500);
    await sayAgain(stage, stack, said, 'in a later session');
    const key = await stack.newKey();
    await eventually(async () => {
      const { status } = await stack.ask({ key: key.secret });
      if (status !== 200) throw new Error(`a new key got ${status}: the node does not hear the centre any more`);
    }, 20_000).catch((error: Error) => stage.expect(false, error.message));
    stage.expect(stack.node.isRunning, 'the node was driven out by a replay');
    await judge(stage, stack);
    stage.figures['calls said again'] = said.length * 2;
  },
};

interface Said {
  readonly path: string;
  readonly raw: Buffer;
}

/** Requests one by one, as bytes. */
function* recorded({ node }: Stack): Generator<Said> {
  for (const pieces of node.toCentre.record ?? []) {
    let rest = Buffer.concat(pieces);
    for (;;) {
      const headEnd = rest.indexOf('\r\n\r\n');
      if (headEnd < 0) break;
      const head = rest.toString('latin1', 0, headEnd);
      const end = headEnd + 4 + Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
      const path = /^\w+ (\S+)/.exec(head)?.[1]?.split('?')[0] ?? '';
      if (rest.length < end) break;
      if (path.includes('/edge-nodes/')) yield { path, raw: rest.subarray(0, end) };
      rest = rest.subarray(end);
    }
  }
}

/** Every one is refused, and nothing that the centre knows has moved. */
async function sayAgain(stage: Stage, stack: Stack, said: readonly Said[], when: string): Promise<void> {
  await stack.stopCallers();
  await pause(2_500);
  const before = await stateOf(stack);
  const taken = new Map<string, number>();
  for (const { path, raw } of said) {
    const answer = await sayRaw(stack.centre.replicas[0]?.port ?? 0, raw, 1_500, /\r\n\r\n/);
    const status = Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0);
    if (status >= 500 || status === 0) stage.expect(false, `${path} said again ${when}: ${status}`);
    if (status < 300) taken.set(path, (taken.get(path) ?? 0) + 1);
  }
  // A challenge promises nothing and changes nothing: anybody may ask for one.
  for (const [path, count] of taken)
    if (!path.endsWith('/challenge')) stage.expect(false, `${path} said again ${when} was taken ${count} times`);
  const after = await stateOf(stack);
  stage.expect(before === after, `replays ${when} changed something: ${before} → ${after}`);
}

async function stateOf({ centre }: Stack): Promise<string> {
  const [nodes, books, totals, slices] = await Promise.all([
    centre.sql`SELECT id, session_no FROM fleet_nodes ORDER BY id`,
    centre.sql`SELECT id, state, acked_seq, chain FROM fleet_books ORDER BY id`,
    centre.sql`SELECT sum(attempts) AS attempts, sum(output) AS output FROM fleet_hourly_totals`,
    centre.sql`SELECT win, book, granted, returned, spent FROM fleet_slices ORDER BY win, book`,
  ]);
  return JSON.stringify([nodes, books, totals, slices]);
}
