import { randomBytes } from 'node:crypto';
import { newId, writeRegistrationToken } from '@aicarpool/shared-protocol';
import { allow } from '../../kernel/allow.ts';
import { audit } from '../../kernel/audit.ts';
import { asSystem, type Ctx } from '../../kernel/context.ts';
import { inTransaction } from '../../kernel/db.ts';
import { ensureSigningKeys } from '../identity/signing-keys/ensure-signing-keys.ts';
import { SigningKeys } from '../identity/signing-keys/signing-keys.ts';
import { fleetRegistrationTokens } from '../tables.ts';
import { installCommand } from './install-command.ts';
import { proofKeyAad, proofKeyOf } from './registration-claim.ts';
import { hashSecretText } from './secret-text.ts';

export interface IssueRegistrationTokenInput {
  readonly nodeName?: string | undefined;
  readonly region?: string | undefined;
  readonly role: 'edge' | 'central';
  /** The only groups the node may ever serve; null: whatever is placed on it. */
  readonly groupIds: readonly string[] | null;
  readonly expiresInMinutes: number;
  /** The node waits until an administrator lets it in. */
  readonly approveFirst?: boolean | undefined;
}

export interface IssuedRegistrationToken {
  readonly id: string;
  readonly registrationToken: string;
  readonly expiresAt: Date;
  readonly installCommand: string;
}

/**
 * Makes a token that enrolls one node, once. It names the key of this control plane, so that a node speaks to no other. The
 * text is given here and never again.
 */
export async function issueRegistrationToken(
  ctx: Ctx,
  input: IssueRegistrationTokenInput,
  publicUrl: string,
): Promise<IssuedRegistrationToken> {
  allow(ctx, 'fleet.registration.issue');
  const id = newId('registration');
  await ensureSigningKeys(asSystem(ctx, 'fleet'));
  const secret = randomBytes(32).toString('base64url');
  const registrationToken = writeRegistrationToken({ pin: await new SigningKeys().pin(ctx), id, secret });
  const now = ctx.clock.now();
  const expiresAt = new Date(now.getTime() + input.expiresInMinutes * 60_000);
  const row = {
    id,
    tokenHash: hashSecretText(registrationToken),
    proofKey: ctx.keyring.seal(proofKeyOf(secret), proofKeyAad(id)),
    approveFirst: input.approveFirst ?? false,
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
      after: {
        role: row.role,
        approve_first: row.approveFirst,
        node_name: row.nodeName,
        region: row.region,
        group_ids: row.groupIds,
        expires_at: expiresAt,
      },
    });
  });
  return { id, registrationToken, expiresAt, installCommand: installCommand(publicUrl, registrationToken) };
}
