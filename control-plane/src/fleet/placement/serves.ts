/** What placement needs to know of a group. */
export interface PlaceableGroup {
  readonly id: string;
  readonly status: 'draft' | 'active' | 'suspended' | 'closed';
  readonly mode: 'centralized' | 'distributed' | 'hybrid';
  /** Nodes named in its deployment config; []: none named, the mode decides. */
  readonly nodeIds: readonly string[];
}

export interface PlaceableNode {
  readonly id: string;
  readonly role: 'edge' | 'central';
  /** The only groups it may ever serve; null: any. */
  readonly onlyGroups: readonly string[] | null;
  readonly retiredAt: Date | null;
}

/**
 * Does this node serve this group? Drafts and closed groups are served nowhere, a retired node serves nothing;
 * a suspended group stays on its nodes, which refuse its keys with a reason.
 */
export function serves(node: PlaceableNode, group: PlaceableGroup): boolean {
  if (node.retiredAt || group.status === 'draft' || group.status === 'closed') return false;
  if (node.onlyGroups && !node.onlyGroups.includes(group.id)) return false;
  if (group.nodeIds.length > 0) return group.nodeIds.includes(node.id);
  if (group.mode === 'hybrid') return true;
  return (group.mode === 'centralized') === (node.role === 'central');
}
