import { z } from 'zod';

/** How a group uses one service. */
export const groupService = z.object({
  service: z.string().min(1).max(50).describe('id of a service resource'),
  enabled: z.boolean(),
  priority: z.int().describe('smaller is tried first'),
  weight: z.int().min(0).max(10_000),
  model_whitelist: z.array(z.string()).nullable().describe('null: every model of the service; []: none'),
  model_blacklist: z.array(z.string()).describe('[]: none refused; wins over the whitelist'),
});
export type GroupService = z.infer<typeof groupService>;

/** Group scope, kind `group`: one per scope, its id is the scope. */
export const groupResource = z.object({
  id: z.string(),
  name: z.string(),
  status: z.enum(['draft', 'active', 'suspended', 'closed']).describe('anything but active: its keys are refused with 403'),
  time_zone: z.string().describe('IANA name; days and months of this group begin there'),
  failover_enabled: z.boolean().describe('may a request go on to the next account or service before its first byte?'),
  config_valid_s: z
    .int()
    .positive()
    .nullable()
    .describe('how long the node may serve this group without hearing from the control plane; null: for ever'),
  services: z.array(groupService).max(50),
});
export type GroupResource = z.infer<typeof groupResource>;
