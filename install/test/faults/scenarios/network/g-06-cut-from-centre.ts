import { findBroken, findLeftWaiting, type Span } from '../../checker/left-waiting.ts';
import { judge } from '../../checker/universal.ts';
import type { Scenario, Stage } from '../../scenario.ts';
import { askOnce } from '../../stack/callers.ts';
import { eventually, pause } from '../../stack/program.ts';
import { lacksNetworkNamespaces } from '../../stack/real-wire.ts';
import type { Stack } from '../../stack/stack.ts';
import { heldUp } from '../held-up.ts';

const validS = 6;

/** The wire to the centre is cut in every way a wire is cut. The node serves on; what a strict group said about it holds. */
export const cutFromCentre: Scenario = {
  id: 'G-6',
  title: 'cut off from the centre: silent, one way, refused, flapping; strict groups stop in time',
  everyday: false,
  mutations: [
    {
      name: 'a config is good for ever',
      file: 'edge-agent/src/snapshot/compile/group.ts',
      find: 'contact.ageMs(body.id, nowMs) > validMs',
      replace: 'contact.ageMs(body.id, nowMs) > validMs + 1e9',
    },
    heldUp,
  ],
  run: async (stage) => {
    const realWires = lacksNetworkNamespaces() === undefined;
    const stack = await stage.open({ realWires });
    const calm = { fromMs: Date.now(), toMs: 0 };
    const callers = stack.call({ callers: 6, restMs: 10, timeoutMs: 15_000 });
    await pause(1_000);
    calm.toMs = Date.now();
    const cutMs = stage.pick(3_000, 60_000, 1_500);
    const { toCentre, realWire } = stack.node;
    const cuts: [string, () => void, () => void][] = [
      ['nothing arrives', () => toCentre.set('drop'), () => toCentre.set('pass')],
      ['no answer arrives', () => toCentre.set('dropAnswers'), () => toCentre.set('pass')],
      ['refused', () => toCentre.set('refuse'), () => toCentre.set('pass')],
      ...(realWire
        ? [['packets are swallowed', () => realWire.cut(), () => realWire.heal()] as [string, () => void, () => void]]
        : []),
    ];
    const during: Span[] = [];
    for (const [name, cut, heal] of cuts) during.push(await cutAndHeal(stage, stack, { name, cut, heal, cutMs }));
    const flapsAtMs = Date.now();
    for (let flap = 0; flap < 10; flap += 1) {
      toCentre.set(flap % 2 === 0 ? 'drop' : 'pass');
      await pause(50 + stage.random() * 400);
    }
    during.push({ fromMs: flapsAtMs, toMs: Date.now() });
    toCentre.set('pass');
    await eventually(() => keyWorks(stack), 30_000);
    await judge(stage, stack);
    stage.expect(
      callers.refused.length === 0,
      `${callers.refused.length} requests were refused, first ${callers.refused[0]?.body}`,
    );
    stage.expectAll(findLeftWaiting(callers, calm, during));
    stage.expectAll(findBroken(callers));
    await strictStops(stage, stack);
    stage.figures['cuts'] = cuts.length + 5;
    stage.figures['kernel wire'] = realWires ? 'yes' : 'no';
  },
};

interface Cut {
  readonly name: string;
  readonly cut: () => void;
  readonly heal: () => void;
  readonly cutMs: number;
}

/** A key is revoked while the node cannot hear of it; it dies soon after the wire has healed. Gives when it was cut. */
async function cutAndHeal(stage: Stage, stack: Stack, { name, cut, heal, cutMs }: Cut): Promise<Span> {
  const key = await stack.newKey();
  const ask = () => askOnce({ node: stack.node.url, key: key.secret, rid: stack.nextRid(), log: stack.clientLog });
  await eventually(async () => {
    if ((await ask()).status !== 200) throw new Error('a new key does not work');
  }, 30_000);
  cut();
  const fromMs = Date.now();
  await pause(200);
  await stack.client.call('DELETE', `/user/api-keys/${key.id}`);
  await pause(cutMs);
  stage.expect((await ask()).status === 200, `${name}: the node does not serve from the config that it has`);
  heal();
  const toMs = Date.now();
  const healedAt = performance.now();
  await eventually(async () => {
    if ((await ask()).status !== 401) throw new Error(`${name}: a key that was revoked during the cut still works`);
  }, 65_000);
  const afterMs = Math.round(performance.now() - healedAt);
  stage.figures['slowest revocation after a cut ms'] = Math.max(
    Number(stage.figures['slowest revocation after a cut ms'] ?? 0),
    afterMs,
  );
  return { fromMs, toMs };
}

async function keyWorks(stack: Stack): Promise<void> {
  const key = await stack.newKey();
  await eventually(async () => {
    const { status } = await askOnce({ node: stack.node.url, key: key.secret, rid: stack.nextRid() });
    if (status !== 200) throw new Error(`a new key got ${status}`);
  }, 5_000);
}

/**
 * A strict group serves until its last word from the centre runs out, and not a second longer; a key that was revoked
 * meanwhile is dead at the moment that the centre prints.
 */
async function strictStops(stage: Stage, stack: Stack): Promise<void> {
  await stack.centre.sql`UPDATE carpool_groups SET config_valid_s = ${validS} WHERE id = ${stack.groupId}`;
  await pause(6_000);
  stack.node.toCentre.set('drop');
  const revoked = await stack.newKey();
  const key = stack.key;
  await stack.client.call('DELETE', `/user/api-keys/${key.id}`);
  await pause(2_500);
  const heardAtMs = Date.parse(stack.node.record.config.last_contact_at ?? '');
  const progress = await stack.client.call<Progress>('GET', `/user/api-keys/${key.id}/progress`);
  const printedMs = Date.parse(progress.pending[0]?.stops_at ?? '');
  stage.expect(Number.isFinite(printedMs), `the centre does not say when the node stops: ${JSON.stringify(progress)}`);
  let [lastServedMs, stoppedAtMs] = [0, 0];
  while (Date.now() < heardAtMs + (validS + 4) * 1000) {
    const line = await stack.ask();
    if (line.status === 200) lastServedMs = line.endedAtMs;
    else if (stoppedAtMs === 0) stoppedAtMs = line.endedAtMs;
    if (line.status !== 200 && line.status !== 503) stage.expect(false, `a strict group answered ${line.status}: ${line.body}`);
    await pause(50);
  }
  const afterS = (stoppedAtMs - heardAtMs) / 1000;
  stage.expect(stoppedAtMs > 0, `a strict group still serves ${validS + 4} s after the last word`);
  stage.expect(Math.abs(afterS - validS) <= 1, `a strict group stopped ${afterS} s after the last word; ${validS} ± 1 is right`);
  stage.expect(lastServedMs <= printedMs, `a revoked key was served ${lastServedMs - printedMs} ms after the printed time`);
  stage.figures['strict stopped after s'] = afterS.toFixed(2);
  stack.node.toCentre.set('pass');
  stack.key = revoked;
  await eventually(async () => {
    if ((await stack.ask()).status !== 200) throw new Error('a strict group does not serve again');
  }, 65_000);
}

interface Progress {
  readonly pending: readonly { readonly stops_at: string | null }[];
}
