import type { ProxyHealth } from '@aicarpool/shared-protocol';
import { expect, test } from 'vitest';
import { ProxyCounts } from './proxy-counts.ts';

const proxy = (requests: number, more: Partial<ProxyHealth> = {}): ProxyHealth => ({
  requests,
  failures: 0,
  bytes: requests * 10,
  members: 1,
  peak_connections: 1,
  connections: 1,
  latency_ms: 20,
  status: 'healthy',
  groups: { grp_1: { requests, failures: 0, recent_members: ['usr_1'] } },
  ...more,
});

test('adds up what the processes of a node count', () => {
  const counts = new ProxyCounts();
  counts.hear(11, { prx: proxy(3) });
  counts.hear(12, { prx: proxy(4, { status: 'unhealthy' }) });
  const { prx } = counts.all({});
  expect(prx).toMatchObject({ requests: 7, bytes: 70, connections: 2, members: 1, status: 'unhealthy' });
  expect(prx?.groups['grp_1']).toEqual({ requests: 7, failures: 0, recent_members: ['usr_1'] });
  expect(counts.all({ prx: proxy(1) })['prx']?.requests).toBe(8);
});

test('what a worker counted stays when another one takes its place, though nobody asked in between', () => {
  const counts = new ProxyCounts();
  counts.hear(11, { prx: proxy(3, { status: 'unhealthy' }) });
  counts.hear(11, { prx: proxy(5, { status: 'unhealthy' }) });
  counts.lost(11);
  expect(counts.all({})['prx']).toMatchObject({ requests: 5, connections: 0, latency_ms: null, status: 'healthy' });
  counts.hear(99, { prx: proxy(1) });
  expect(counts.all({})['prx']).toMatchObject({ requests: 6, connections: 1 });
  counts.lost(12);
  counts.lost(99);
  expect(counts.all({})['prx']).toMatchObject({ requests: 6, connections: 0 });
});
