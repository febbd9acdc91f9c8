import { type NodeId, newId, type RegisterRequest } from '@aicarpool/shared-protocol';
import { and, eq, gt, isNull } from 'drizzle-orm';
import { allow } from '../../kernel/allow.ts';
import { audit } from '../../kernel/audit.ts';
import type { Ctx } from '../../kernel/context.ts';
import { inTransaction, type Tx } from '../../kernel/db.ts';
import { Invalid, Unauthenticated } from '../../kernel/errors.ts';
import { sealDataKeys } from '../sync/seal-data-keys.ts';
import { fleetNodes, fleetRegistrationTokens } from '../tables.ts';
import { hashSecretText, newSecretText } from './secret-text.ts';

export interface RegisteredNode {
  readonly nodeId: NodeId;
  /** The identity of the node, given once. */
  readonly nodeToken: string;
  readonly role: 'edge' | 'central';
  readonly onlyGroups: readonly string[] | null;
}

/** Spends a registration token on a new node. A token that was spent before is refused, and the attempt is audited as an alarm. */
export async function registerNode(ctx: Ctx, registrationToken: string, request: RegisterRequest): Promise<RegisteredNode> {
  allow(ctx, 'fleet.node.enroll');
  await assertSealingKey(request.sealing_key);
  const tokenHash = hashSecretText(registrationToken);
  const nodeId = newId('node');
  const registered = await inTransaction(ctx, async (tx) => {
    const token = await spendToken(tx, ctx, tokenHash, nodeId);
    return token ? await insertNode(tx, ctx, token, nodeId, request) : await noteRefusal(tx, ctx, tokenHash);
  });
  if (registered) return registered;
  throw new Unauthenticated(
    'registration_refused',
    'this registration token is unknown, used, revoked or expired; make a new one',
  );
}

type Token = typeof fleetRegistrationTokens.$inferSelect;

async function spendToken(tx: Tx, ctx: Ctx, tokenHash: string, nodeId: NodeId): Promise<Token | undefined> {
  const now = ctx.clock.now();
  const table = fleetRegistrationTokens;
  const unspent = and(eq(table.tokenHash, tokenHash), isNull(table.usedAt), isNull(table.revokedAt), gt(table.expiresAt, now));
  const [token] = await tx.update(table).set({ usedAt: now, usedByNode: nodeId }).where(unspent).returning();
  return token;
}

async function insertNode(tx: Tx, ctx: Ctx, token: Token, nodeId: NodeId, request: RegisterRequest): Promise<RegisteredNode> {
  const nodeToken = newSecretText('acn_');
  const row = {
    id: nodeId,
    name: request.node_name ?? token.nodeName ?? `node-${nodeId.slice(-6)}`,
    role: token.role,
    region: request.region ?? token.region,
    countryCode: request.country_code ?? null,
    serverIp: request.server_ip ?? ctx.address,
    sealingKey: request.sealing_key ?? null,
    tokenHash: hashSecretText(nodeToken),
    onlyGroups: token.groupIds,
    supportedServices: request.supported_services ?? [],
    maxConcurrentRequests: request.max_concurrent_requests ?? null,
    build: request.build ?? null,
    registeredAt: ctx.clock.now(),
  };
  await tx.insert(fleetNodes).values(row);
  const { id: _, tokenHash: __, sealingKey, ...shown } = row;
  await audit(tx, ctx, {
    action: 'fleet.node.enroll',
    target: { kind: 'node', id: nodeId },
    after: { ...shown, registration: token.id, receives_credentials: sealingKey !== null },
  });
  return { nodeId, nodeToken, role: token.role, onlyGroups: token.groupIds };
}

async function noteRefusal(tx: Tx, ctx: Ctx, tokenHash: string): Promise<undefined> {
  const [token] = await tx.select().from(fleetRegistrationTokens).where(eq(fleetRegistrationTokens.tokenHash, tokenHash));
  if (!token) return undefined;
  const reason = token.usedAt ? 'used' : token.revokedAt ? 'revoked' : 'expired';
  await audit(tx, ctx, {
    action: 'fleet.registration.refused',
    target: { kind: 'registration', id: token.id },
    after: { alarm: reason === 'used', reason, used_by_node: token.usedByNode },
  });
  ctx.log.warn({ registration: token.id, reason }, 'a registration token was refused');
  return undefined;
}

async function assertSealingKey(sealingKey: string | undefined): Promise<void> {
  if (sealingKey === undefined) return;
  try {
    await sealDataKeys({ id: '', sealingKey }, '', [{ version: 1, key: new Uint8Array(32) }]);
  } catch {
    throw new Invalid('sealing_key_malformed', 'sealing_key must be the raw 32 bytes of an X25519 public key as base64url');
  }
}
