import { TestEdge } from '../../../../../control-plane/test/edge-harness.ts';
import type { Scenario, Stage } from '../../scenario.ts';
import type { Stack } from '../../stack/stack.ts';

type Replica = Parameters<typeof TestEdge.enroll>[0];

/** The control plane comes back, and every node there is opens a session and asks for its config in the same moment. */
export const reconnect: Scenario = {
  id: 'G-26',
  title: 'a thousand nodes reconnect at once',
  everyday: false,
  mutations: [
    {
      name: 'a replica opens as many connections as it likes',
      file: 'control-plane/src/kernel/db.ts',
      find: 'max: 10,',
      replace: 'max: 200,',
    },
  ],
  run: async (stage) => {
    const stack = await stage.open();
    const replica = {
      url: `${stack.centre.urls[0]}/api/v1/edge-nodes`,
      ctx: { clock: { now: () => new Date() } },
    } as unknown as Replica;
    const nodes = await enrollAll(stack, replica, stage.pick(300, 1_000, 100));
    await stack.centre.killReplica(0);
    await stack.centre.startReplica(0);
    let mostConnections = 0;
    const watch = setInterval(() => {
      void stack.centre.sql`SELECT count(*) AS open FROM pg_stat_activity WHERE backend_type = 'client backend'`.then(([row]) => {
        mostConnections = Math.max(mostConnections, Number(row?.['open']));
      });
    }, 100);
    const statuses = new Map<number, number>();
    const times = await Promise.all(nodes.map((node) => reconnectOne(node, replica, statuses, stage)));
    clearInterval(watch);
    const p99 = times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? 0;
    const failed = [...statuses].filter(([status]) => status >= 500);
    stage.expect(failed.length === 0, `the centre answered ${failed.map(([status, count]) => `${status} × ${count}`)}`);
    stage.expect(p99 < 2_000, `of a hundred nodes one waited ${Math.round(p99)} ms for its config, at most 2,000`);
    stage.expect(mostConnections < 100, `${mostConnections} connections to Postgres were open`);
    const told = [...statuses].map(([status, count]) => `${status} × ${count}`).join(', ');
    Object.assign(stage.figures, {
      nodes: nodes.length,
      'sync p99 ms': Math.round(p99),
      'Postgres connections': mostConnections,
      sessions: told,
    });
  },
};

async function enrollAll(stack: Stack, replica: Replica, count: number): Promise<TestEdge[]> {
  const nodes: TestEdge[] = [];
  while (nodes.length < count) {
    const some = Array.from({ length: Math.min(10, count - nodes.length) }, async () => {
      const { registration_token: token } = await stack.client.call<{ registration_token: string }>(
        'POST',
        '/admin/edge-nodes/registration-tokens',
        {},
      );
      const node = await TestEdge.enroll(replica, token);
      await node.openSession(replica);
      await node.sync(replica);
      return node;
    });
    nodes.push(...(await Promise.all(some)));
  }
  return nodes;
}

/** As a node does it: again after a while when it is told to wait. Gives the milliseconds of the config call that was answered. */
async function reconnectOne(node: TestEdge, replica: Replica, statuses: Map<number, number>, stage: Stage): Promise<number> {
  for (let attempt = 0; attempt < 60; attempt += 1) {
    const { status } = await node.openSession(replica);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (status === 200) break;
    await new Promise((resolve) => setTimeout(resolve, 200 + stage.random() * 1_000));
  }
  const begunAt = performance.now();
  await node.sync(replica).catch((error: unknown) => stage.expect(false, `a node got no config: ${error}`));
  return performance.now() - begunAt;
}
