import { heartbeatRequest } from '@aicarpool/shared-protocol';
import { describe, expect, it } from 'vitest';
import { installCommand } from '../enrollment/install-command.ts';
import type { NodeRow } from './find-node.ts';
import { healthScore } from './health-score.ts';
import { statusOf } from './node-status.ts';

const heartbeat = heartbeatRequest.parse({
  node_id: 'nod_a',
  status: 'active',
  active_requests: 0,
  config_version: 3,
  services_health: {
    claude: { status: 'healthy', avg_response_time_ms: 1 },
    gemini: { status: 'degraded', avg_response_time_ms: null },
  },
});

describe('the health of a node', () => {
  it('is the mean of its services', () => {
    expect(healthScore({ status: 'active', heartbeat, rejectCount: 0 })).toBe(75);
  });

  it('is less while it refuses config or its disk is full', () => {
    const full = { ...heartbeat, local_storage_usage: { database_size_mb: 1, disk_usage_percent: 91 } };
    expect(healthScore({ status: 'active', heartbeat, rejectCount: 2 })).toBe(65);
    expect(healthScore({ status: 'active', heartbeat: full, rejectCount: 1 })).toBe(55);
  });

  it('is nothing for a silent node and unknown before its first heartbeat', () => {
    expect(healthScore({ status: 'inactive', heartbeat, rejectCount: 0 })).toBe(0);
    expect(healthScore({ status: 'inactive', heartbeat: null, rejectCount: 0 })).toBeNull();
  });
});

describe('the status of a node', () => {
  const now = new Date('2026-11-21T12:00:00Z');
  const heard = (secondsAgo: number, change: Partial<NodeRow> = {}) =>
    statusOf(
      { adminState: 'active', heartbeat, lastHeartbeatAt: new Date(now.getTime() - secondsAgo * 1000), ...change } as NodeRow,
      now,
    );

  it('turns inactive once two heartbeats are missing, and not before', () => {
    expect(heard(120)).toBe('active');
    expect(heard(121)).toBe('inactive');
    expect(heard(0, { lastHeartbeatAt: null })).toBe('inactive');
  });

  it('is maintenance when an administrator or the node says so', () => {
    expect(heard(500, { adminState: 'maintenance' })).toBe('maintenance');
    expect(heard(1, { heartbeat: { ...heartbeat, status: 'maintenance' } })).toBe('maintenance');
  });
});

describe('the install command', () => {
  it('enrolls and then runs a node out of a checkout', () => {
    expect(installCommand('http://127.0.0.1:8080', 'acr_x')).toBe(
      'npm run edge -- enroll --control-plane http://127.0.0.1:8080 --token acr_x --data-dir ./edge-data && npm run edge -- run --data-dir ./edge-data --listen 127.0.0.1:8082',
    );
  });
});
