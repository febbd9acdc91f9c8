import type { NodeRow } from './find-node.ts';
import { offlineAfterMs } from './mark-offline.ts';

export type NodeStatus = 'active' | 'inactive' | 'maintenance';

/** Silent nodes are inactive; maintenance is set by an administrator or said by the node itself. */
export function statusOf(node: NodeRow, now: Date): NodeStatus {
  const silentMs = now.getTime() - (node.lastHeartbeatAt?.getTime() ?? 0);
  if (node.adminState === 'maintenance') return 'maintenance';
  if (silentMs > offlineAfterMs) return 'inactive';
  return node.heartbeat?.status === 'maintenance' ? 'maintenance' : 'active';
}
