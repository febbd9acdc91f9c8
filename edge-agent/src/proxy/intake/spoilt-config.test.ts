import { globalScope } from '@aicarpool/shared-protocol';
import { afterEach, expect, test } from 'vitest';
import { ask } from '../../../test/ask.ts';
import { anthropicAnswer, fakeUpstream, json } from '../../../test/fake-upstream/fake-upstream.ts';
import { startNode } from '../../../test/start-node.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';

const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close();
});

/** A node that lost something of these scopes. */
async function nodeWithout(...scopes: string[]) {
  const upstream = await fakeUpstream((_seen, response) => json(response, 200, anthropicAnswer));
  const node = await startNode({ baseUrls: [upstream.url] });
  closing.push(upstream, node);
  const whole = node.snapshots.pin();
  if (!whole) throw new Error('no config');
  node.snapshots.swap({ ...whole, damaged: new Set(scopes) });
  return { node, whole };
}

/** The same config where a service is missing. */
function withoutServices(whole: Snapshot): Snapshot {
  const group = whole.findGroup('grp_test');
  return { ...whole, findGroup: () => group && { ...group, services: [] } };
}

const unknownKey = { headers: { authorization: 'Bearer acp_unknown' } };

test('a caller who may be among what was lost is told to try again, whichever scope it was', async () => {
  const { node, whole } = await nodeWithout('grp_other');
  const stranger = await ask(node, unknownKey);
  expect([stranger.status, stranger.headers['retry-after']]).toEqual([503, '5']);
  expect(stranger.body.toString()).toContain('damaged');
  node.snapshots.swap({ ...whole, damaged: new Set(['grp_test']), findGroup: () => undefined });
  expect((await ask(node)).status).toBe(503);
});

test.each(['grp_test', globalScope])('a service that is not found is no final word while "%s" is not whole', async (scope) => {
  const { node, whole } = await nodeWithout(scope);
  expect((await ask(node)).status).toBe(200);
  node.snapshots.swap({ ...withoutServices(whole), damaged: new Set([scope]) });
  expect((await ask(node)).status).toBe(503);
  node.snapshots.swap(withoutServices(whole));
  expect((await ask(node)).status).toBe(400);
  expect((await ask(node, unknownKey)).status).toBe(401);
});

test('what another group lost changes nothing for a caller of a whole one', async () => {
  const { node, whole } = await nodeWithout('grp_other');
  expect((await ask(node)).status).toBe(200);
  node.snapshots.swap({ ...withoutServices(whole), damaged: new Set(['grp_other']) });
  expect((await ask(node)).status).toBe(400);
});
