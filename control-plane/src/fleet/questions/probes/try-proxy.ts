import type { ProbeAnswer } from '@aicarpool/shared-protocol';
import type { Ctx } from '../../../kernel/context.ts';
import { CarpoolError } from '../../../kernel/errors.ts';
import type { FleetParts } from '../../fleet-parts.ts';
import { askProbe } from './ask-probe.ts';

const withinMs = 15_000;
/** No node serves the group, none is connected, or the one that was asked has gone: somebody else may try. */
const nobodyAnswers = new Set(['no_node_serves', 'no_node_connected', 'probe_timeout']);

/** Asks a node that serves the group to go through one of its proxies; undefined: no node answers. */
export async function tryProxy(
  parts: FleetParts,
  ctx: Ctx,
  groupId: string,
  proxyId: string,
): Promise<ProbeAnswer['result'] | undefined> {
  const probe = { kind: 'proxy', group_id: groupId, proxy_id: proxyId, echo_url: `${parts.publicUrl}/api/v1/echo` } as const;
  try {
    return (await askProbe(parts, ctx, { probe, deadlineMs: withinMs })).result;
  } catch (error) {
    if (error instanceof CarpoolError && nobodyAnswers.has(error.code)) return undefined;
    throw error;
  }
}
