import type { SyncRequest } from '@aicarpool/shared-protocol';
import type { ResourceName } from '../facts.ts';
import { heldScopes } from './held-scopes.ts';
import { readPartToken } from './part-token.ts';
import type { ScopeView } from './plan-scope.ts';
import type { ScopeImages, ScopeSource } from './scope-images.ts';

/** What one snapshot can say; `readChanges` is asked once, for every scope and version that matters. */
export interface Snapshot extends Omit<ScopeSource, 'changedSince'> {
  readonly readChanges: (wants: readonly ChangesWanted[]) => Promise<ScopeSource['changedSince']>;
}

export interface ChangesWanted {
  readonly scope: string;
  readonly from: number;
}

/** Everything that planning needs, for every scope that the node serves. */
export async function buildViews(
  snapshot: Snapshot,
  images: ScopeImages,
  request: SyncRequest,
  scopes: readonly string[],
): Promise<readonly ScopeView[]> {
  const { epoch, head } = snapshot;
  const sameEpoch = request.epoch === epoch;
  const held = heldScopes(request);
  const refusing = new Set(request.rejects.map(({ scope }) => scope));
  const bases = new Map(scopes.map((scope) => [scope, images.find(epoch, scope)]));
  const wants: ChangesWanted[] = [];
  for (const scope of scopes) {
    const versions = [
      sameEpoch ? held.get(scope)?.version : undefined,
      sinceOf(request, scope, epoch),
      bases.get(scope)?.checkedAt,
    ];
    for (const from of new Set(versions)) if (from !== undefined && from < head) wants.push({ scope, from });
  }
  const changedSince = await snapshot.readChanges(wants);
  const views: ScopeView[] = [];
  for (const scope of scopes) {
    const image = await images.at(scope, { ...snapshot, changedSince }, bases.get(scope));
    views.push({
      scope,
      image,
      epoch,
      head,
      held: held.get(scope),
      comparable: sameEpoch && (held.get(scope)?.version ?? 0) <= head,
      hasRejects: refusing.has(scope),
      resume: request.resume?.[scope],
      changedSince: (version): readonly ResourceName[] | undefined => (version === head ? [] : changedSince(scope, version)),
    });
  }
  return views;
}

function sinceOf(request: SyncRequest, scope: string, epoch: string): number | undefined {
  const text = request.resume?.[scope];
  const token = text === undefined ? undefined : readPartToken(text);
  return token?.epoch === epoch ? token.since : undefined;
}
