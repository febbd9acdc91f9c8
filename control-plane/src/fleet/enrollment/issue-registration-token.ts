import { newId } from '@aicarpool/shared-protocol';
import { allow } from '../../kernel/allow.ts';
import { audit } from '../../kernel/audit.ts';
import type { Ctx } from '../../kernel/context.ts';
import { inTransaction } from '../../kernel/db.ts';
import { fleetRegistrationTokens } from '../tables.ts';
import { installCommand } from './install-command.ts';
import { hashSecretText, newSecretText } from './secret-text.ts';

export interface IssueRegistrationTokenInput {
  readonly nodeName?: string | undefined;
  readonly region?: string | undefined;
  readonly role: 'edge' | 'central';
  /** The only groups the node may ever serve; null: whatever is placed on it. */
  readonly groupIds: readonly string[] | null;
  readonly expiresInMinutes: number;
}

export interface IssuedRegistrationToken {
  readonly id: string;
  readonly registrationToken: string;
  readonly expiresAt: Date;
  readonly installCommand: string;
}

/** Makes a token that enrolls one node, once. The text is given here and never again. */
export async function issueRegistrationToken(
  ctx: Ctx,
  input: IssueRegistrationTokenInput,
  publicUrl: string,
): Promise<IssuedRegistrationToken> {
  allow(ctx, 'fleet.registration.issue');
  const id = newId('registration');
  const registrationToken = newSecretText('acr_');
  const now = ctx.clock.now();
  const expiresAt = new Date(now.getTime() + input.expiresInMinutes * 60_000);
  const row = {
    id,
    tokenHash: hashSecretText(registrationToken),
    role: input.role,
    nodeName: input.nodeName ?? null,
    region: input.region ?? null,
    groupIds: input.groupIds && [...input.groupIds],
    createdBy: ctx.actor.kind === 'user' ? ctx.actor.userId : null,
    createdAt: now,
    expiresAt,
  };
  await inTransaction(ctx, async (tx) => {
    await tx.insert(fleetRegistrationTokens).values(row);
    await audit(tx, ctx, {
      action: 'fleet.registration.issue',
      target: { kind: 'registration', id },
      after: { role: row.role, node_name: row.nodeName, region: row.region, group_ids: row.groupIds, expires_at: expiresAt },
    });
  });
  return { id, registrationToken, expiresAt, installCommand: installCommand(publicUrl, registrationToken) };
}
