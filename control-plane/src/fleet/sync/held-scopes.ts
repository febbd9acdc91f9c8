import type { SyncRequest } from '@aicarpool/shared-protocol';
import type { Held } from './plan-scope.ts';

/** What a node says it holds, scope by scope. A scope at version 0 is asked for anew and not among them. */
export function heldScopes(request: Pick<SyncRequest, 'have' | 'digests'>): ReadonlyMap<string, Held> {
  const held = new Map<string, Held>();
  for (const [scope, digest] of Object.entries(request.digests)) {
    const version = Object.hasOwn(request.have.except, scope) ? request.have.except[scope] : request.have.base;
    if (version !== undefined && version > 0) held.set(scope, { version, digest });
  }
  return held;
}

/** Scopes that the node holds, or of which parts are arriving, and that it no longer serves. */
export function droppedScopes(request: Pick<SyncRequest, 'digests' | 'resume'>, served: ReadonlySet<string>): string[] {
  const known = new Set([...Object.keys(request.digests), ...Object.keys(request.resume ?? {})]);
  return [...known].filter((scope) => !served.has(scope));
}
