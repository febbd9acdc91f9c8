import type { Probe, ProbeAnswer } from '@aicarpool/shared-protocol';
import { probeProxy } from '../../../upstreams/proxies/probe-proxy.ts';
import type { Agent } from '../../agent.ts';
import { probeAccount } from './probe-account.ts';

/** Tries what the control plane asks to be tried. */
export async function runProbe(agent: Agent, probe: Probe): Promise<ProbeAnswer['result']> {
  if (probe.kind === 'account') return await probeAccount(agent, probe);
  const group = agent.snapshots.pin()?.findGroup(probe.group_id);
  if (group) return await probeProxy(agent.upstreams, group, probe);
  const message = 'this node does not serve the group';
  return { ok: false, code: 'group_unknown', message, http_status: null, response_time_ms: null };
}
