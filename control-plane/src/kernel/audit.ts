import { newId } from '@aicarpool/shared-protocol';
import type { Actor, Ctx } from './context.ts';
import type { Db } from './db.ts';
import { redact } from './log/log.ts';
import { kernelAudit } from './tables.ts';

export interface AuditEntry {
  /** The permission that allowed the deed, or the name of what happened: `carpool.key.issue`. */
  readonly action: string;
  readonly target: { readonly kind: string; readonly id: string };
  readonly groupId?: string | null;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** Writes who did what into the transaction of the deed, secrets taken out: no deed without its row, no row without its deed. */
export async function audit(
  tx: Db,
  ctx: Pick<Ctx, 'actor' | 'clock' | 'requestId' | 'address'>,
  entry: AuditEntry,
): Promise<void> {
  await tx.insert(kernelAudit).values({
    id: newId('audit'),
    at: ctx.clock.now(),
    actorKind: ctx.actor.kind,
    actorId: actorIdOf(ctx.actor),
    action: entry.action,
    targetKind: entry.target.kind,
    targetId: entry.target.id,
    groupId: entry.groupId ?? null,
    requestId: ctx.requestId,
    address: ctx.address,
    before: redact(entry.before) ?? null,
    after: redact(entry.after) ?? null,
  });
}

function actorIdOf(actor: Actor): string | null {
  switch (actor.kind) {
    case 'user':
      return actor.userId;
    case 'node':
      return actor.nodeId;
    case 'system':
      return actor.name;
    case 'anonymous':
      return null;
  }
}
