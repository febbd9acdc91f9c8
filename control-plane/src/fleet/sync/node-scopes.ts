import type { ScopeChange, SyncRequest } from '@aicarpool/shared-protocol';
import type { fleetNodeScopes } from '../tables.ts';

export type NodeScopeRow = typeof fleetNodeScopes.$inferSelect;

export interface Receipt {
  readonly nodeId: string;
  readonly now: Date;
  readonly rows: readonly NodeScopeRow[];
  readonly request: Pick<SyncRequest, 'have' | 'digests'>;
  /** Scopes that the node serves now. */
  readonly served: ReadonlySet<string>;
  /** The answer it is about to get. */
  readonly changes: readonly ScopeChange[];
}

/**
 * The rows of a node after its question and our answer, only those that differ. A scope counts as held when the node
 * says so and its digest was not wrong; as dropped once a node that no longer serves it says that it has forgotten it.
 */
export function nextNodeScopes(receipt: Receipt): NodeScopeRow[] {
  const { nodeId, now, request, served } = receipt;
  const rowByScope = new Map(receipt.rows.map((row) => [row.scope, row]));
  const changeByScope = new Map(receipt.changes.map((change) => [change.scope, change]));
  const next: NodeScopeRow[] = [];
  for (const scope of new Set([...rowByScope.keys(), ...changeByScope.keys(), ...Object.keys(request.digests)])) {
    const before = rowByScope.get(scope);
    if (!before && !served.has(scope)) continue;
    const change = changeByScope.get(scope);
    const version = Object.hasOwn(request.digests, scope) ? (request.have.except[scope] ?? request.have.base) : 0;
    const held = version > 0 && change?.mode !== 'full';
    const newestKey = Math.max(0, ...(change?.data_keys ?? []).map((key) => key.version));
    const after: NodeScopeRow = {
      nodeId,
      scope,
      servedSince: before?.servedSince ?? now,
      droppedAt: served.has(scope) || version > 0 ? null : (before?.droppedAt ?? now),
      held,
      exceptVersion: held && version !== request.have.base ? version : null,
      dataKeySent: newestKey > 0 ? newestKey : (before?.dataKeySent ?? 0),
      dataKeySentAtVersion: newestKey > 0 ? (change?.to ?? 0) : (before?.dataKeySentAtVersion ?? 0),
    };
    if (!before || differs(before, after)) next.push(after);
  }
  return next;
}

function differs(a: NodeScopeRow, b: NodeScopeRow): boolean {
  return (
    a.held !== b.held ||
    a.exceptVersion !== b.exceptVersion ||
    a.dataKeySent !== b.dataKeySent ||
    a.dataKeySentAtVersion !== b.dataKeySentAtVersion ||
    a.droppedAt?.getTime() !== b.droppedAt?.getTime()
  );
}

/** Newest data key of the scope that the node surely has: it confirmed the answer that brought it. */
export function confirmedDataKey(row: NodeScopeRow | undefined, heldVersion: number | undefined): number {
  if (!row || heldVersion === undefined || heldVersion < row.dataKeySentAtVersion) return 0;
  return row.dataKeySent;
}
