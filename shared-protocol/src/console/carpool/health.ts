import { z } from 'zod';
import { accountHealth, serviceHealth } from '../../edge/heartbeat.ts';
import { instant } from '../envelope.ts';

const healthStatus = z.enum(['healthy', 'degraded', 'unhealthy']);

const byNode = { node_id: z.string(), node_name: z.string(), reported_at: instant };

/** How an account does, as the nodes that use it said in their newest heartbeats. */
export const accountHealthView = z
  .object({
    status: healthStatus.describe('the worst that a node says'),
    by_node: z.array(accountHealth.extend(byNode)).max(1000),
  })
  .nullable()
  .describe('null: no node says anything about it, because nothing is known against it or nobody uses it');
export type AccountHealthView = z.infer<typeof accountHealthView>;

export const serviceHealthView = z
  .object({
    status: healthStatus.describe('the worst that a node says'),
    by_node: z.array(serviceHealth.extend(byNode)).max(1000),
  })
  .nullable()
  .describe('over all groups of the nodes that serve this one; null: no node says anything');
export type ServiceHealthView = z.infer<typeof serviceHealthView>;

/** What nodes say of the services and accounts of one group. */
export interface GroupHealth {
  readonly services: ReadonlyMap<string, NonNullable<ServiceHealthView>>;
  readonly accounts: ReadonlyMap<string, NonNullable<AccountHealthView>>;
}
