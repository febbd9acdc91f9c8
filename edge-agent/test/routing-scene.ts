import { type Dialect, groupRouting } from '@aicarpool/shared-protocol';
import { afterEach } from 'vitest';
import { type RouteInput, serviceRoute, upstream } from '../src/routing/test/entries.ts';
import { type Answer, type FakeUpstream, fakeUpstream } from './fake-upstream/fake-upstream.ts';
import { testKey } from './snapshot.ts';
import { type NodeInput, startNode, type TestNode } from './start-node.ts';

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

/** A provider that is gone after the test. */
export async function provider(answer: Answer): Promise<FakeUpstream> {
  const made = await fakeUpstream(answer);
  opened.push(made);
  return made;
}

/** A node whose group has these services, routed as told. */
export async function nodeWith(
  services: readonly RouteInput[],
  routing: object = {},
  more: Partial<NodeInput> = {},
): Promise<TestNode> {
  const group = { services: services.map(serviceRoute), routing: groupRouting.parse(routing) };
  const node = await startNode({ baseUrls: [], ...more, group });
  opened.push(node);
  return node;
}

/** One account there. */
export const at = (url: string, id: string, more: Parameters<typeof upstream>[1] = {}) => [
  upstream(id, { baseUrl: url, ...more }),
];
export const speaks = (dialect: Dialect) => ({
  pathPrefix: new Map([[dialect, '']]),
});

export function post(node: TestNode, path: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(node.origin + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${testKey}`, 'content-type': 'application/json', ...headers },
    body,
  });
}
