import type { FleetNodeDetail } from '@aicarpool/shared-protocol/console';
import { describe, expect, it } from 'vitest';
import { healthByNode, worstOf } from './service-health.ts';

const node = (node_name: string, services_health: FleetNodeDetail['services_health']) =>
  ({ node_id: node_name, node_name, services_health }) as FleetNodeDetail;

describe('the health of a service', () => {
  it('is what each node says that says anything', () => {
    const nodes = [node('a', { claude: { status: 'healthy', avg_response_time_ms: 9 } }), node('b', {})];
    expect(healthByNode(nodes, 'claude').map(({ node_name, status }) => [node_name, status])).toEqual([['a', 'healthy']]);
  });

  it('is the worst of them in short, and unknown where nobody says anything', () => {
    expect(worstOf([{ status: 'healthy' }, { status: 'unhealthy' }, { status: 'degraded' }])).toEqual({ status: 'unhealthy' });
    expect(worstOf([{ status: 'healthy' }, { status: 'degraded' }])).toEqual({ status: 'degraded' });
    expect(worstOf([])).toBeNull();
  });
});
