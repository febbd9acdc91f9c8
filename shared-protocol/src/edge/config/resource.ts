import { z } from 'zod';
import { groupResource } from './group.ts';
import { keyResource } from './key.ts';
import { proxyResource } from './proxy.ts';
import { quotaResource } from './quota.ts';
import { serviceResource } from './service.ts';
import { upstreamResource } from './upstream.ts';

/**
 * What a scope holds. The scope `global` holds services; the scope of a group (its id) holds the group,
 * its proxies, its upstreams, its quotas and its keys. An edge that meets an unknown kind keeps and counts it, and does nothing else.
 */
export const resourceSchemas = {
  service: serviceResource,
  group: groupResource,
  upstream: upstreamResource,
  proxy: proxyResource,
  quota: quotaResource,
  key: keyResource,
} as const;

export type ResourceKind = keyof typeof resourceSchemas;

/** Kinds in the order in which upserts are applied: what others refer to comes first. */
export const upsertOrder: readonly ResourceKind[] = ['proxy', 'upstream', 'service', 'group', 'quota', 'key'];

export const globalScope = 'global';

/** `rev` is content-addressed: `revisionOf(kind, id, body)` in `digest/set-digest.ts`. */
export const upsert = z.object({
  kind: z.string().max(40),
  id: z.string().max(64),
  rev: z.string().length(32),
  body: z.record(z.string(), z.json()),
});
export type Upsert = z.infer<typeof upsert>;
