import { expect, test } from 'vitest';
import { openMetrics } from './metrics.ts';
import { isOnThisMachine, serveMetrics } from './serve-metrics.ts';

test('serves the metrics and nothing else', async () => {
  const server = await serveMetrics(openMetrics(), '127.0.0.1', 0);
  const at = `http://127.0.0.1:${server.port}`;
  const answer = await fetch(`${at}/metrics`);
  expect(answer.status).toBe(200);
  expect(await answer.text()).toContain('carpool_edge_bugs_total 0');
  expect((await fetch(`${at}/`)).status).toBe(404);
  await server.close();
});

test('tells a program on this machine from anyone else', () => {
  const peer = (remoteAddress: string, headers = {}) => isOnThisMachine({ headers, socket: { remoteAddress } as never });
  expect(['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1'].map((ip) => peer(ip))).toEqual([true, true, true, true]);
  expect(['10.0.0.1', '::ffff:10.0.0.1', '1270.0.0.1', ''].map((ip) => peer(ip))).toEqual([false, false, false, false]);
  expect(peer('127.0.0.1', { 'x-forwarded-for': '203.0.113.1' })).toBe(false);
});
