import { type NodeId, newId, type RegisterRequest } from '@aicarpool/shared-protocol';
import { and, eq, gt, isNull } from 'drizzle-orm';
import { allow } from '../../kernel/allow.ts';
import { audit } from '../../kernel/audit.ts';
import type { Ctx } from '../../kernel/context.ts';
import { inTransaction, sqlStateOf, type Tx } from '../../kernel/db.ts';
import { Conflict, Invalid, Unauthenticated } from '../../kernel/errors.ts';
import { keyIdOf } from '../identity/ed25519.ts';
import { sealDataKeys } from '../sync/seal-data-keys.ts';
import { fleetNodeKeys, fleetNodes, fleetRegistrationTokens } from '../tables.ts';
import { findClaimed, type RegistrationClaim } from './registration-claim.ts';
import { hashSecretText, newNodeToken } from './secret-text.ts';

export interface RegisteredNode {
  readonly nodeId: NodeId;
  /** The identity of a node without a key, given once; "" for one with a key. */
  readonly nodeToken: string;
  readonly role: 'edge' | 'central';
  readonly onlyGroups: readonly string[] | null;
  readonly waiting: boolean;
}

/**
 * Spends a registration token on a new node. The caller has seen to it that the request is signed with `identity_key`, where
 * there is one. A token that was spent before is refused, and the attempt is audited as an alarm.
 */
export async function registerNode(ctx: Ctx, claim: RegistrationClaim, request: RegisterRequest): Promise<RegisteredNode> {
  allow(ctx, 'fleet.node.enroll');
  await assertSealingKey(request.sealing_key);
  const nodeId = newId('node');
  const registered = await inTransaction(ctx, async (tx) => {
    const id = await findClaimed(tx, ctx, claim);
    if (id === undefined) return undefined;
    const token = await spendToken(tx, ctx, id, nodeId);
    return token ? await insertNode(tx, ctx, token, nodeId, request) : await noteRefusal(tx, ctx, id);
  }).catch((error: unknown) => {
    if (sqlStateOf(error) !== '23505') throw error;
    throw new Conflict('identity_taken', 'this identity key belongs to a node already; make a new one');
  });
  if (registered) return registered;
  throw new Unauthenticated(
    'registration_refused',
    'this registration token is unknown, used, revoked or expired; make a new one',
  );
}

type Token = typeof fleetRegistrationTokens.$inferSelect;

async function spendToken(tx: Tx, ctx: Ctx, id: string, nodeId: NodeId): Promise<Token | undefined> {
  const now = ctx.clock.now();
  const table = fleetRegistrationTokens;
  const unspent = and(eq(table.id, id), isNull(table.usedAt), isNull(table.revokedAt), gt(table.expiresAt, now));
  const [token] = await tx.update(table).set({ usedAt: now, usedByNode: nodeId }).where(unspent).returning();
  return token;
}

async function insertNode(tx: Tx, ctx: Ctx, token: Token, nodeId: NodeId, request: RegisterRequest): Promise<RegisteredNode> {
  const nodeToken = newNodeToken();
  const publicKey = request.identity_key;
  const identityKeyId = publicKey === undefined ? null : keyIdOf(publicKey);
  const row = {
    id: nodeId,
    name: request.node_name ?? token.nodeName ?? `node-${nodeId.slice(-6)}`,
    role: token.role,
    region: request.region ?? token.region,
    countryCode: request.country_code ?? null,
    serverIp: request.server_ip ?? ctx.address,
    // Whoever holds a token alone could be anybody who read it on its way: nothing is sealed to that.
    sealingKey: identityKeyId === null ? null : (request.sealing_key ?? null),
    identityKeyId,
    waiting: token.approveFirst,
    tokenHash: hashSecretText(nodeToken),
    onlyGroups: token.groupIds,
    supportedServices: request.supported_services ?? [],
    maxConcurrentRequests: request.max_concurrent_requests ?? null,
    build: request.build ?? null,
    registeredAt: ctx.clock.now(),
  };
  await tx.insert(fleetNodes).values(row);
  if (publicKey !== undefined && identityKeyId !== null)
    await tx.insert(fleetNodeKeys).values({ id: identityKeyId, nodeId, publicKey, createdAt: row.registeredAt });
  const { id: _, tokenHash: __, sealingKey, ...shown } = row;
  await audit(tx, ctx, {
    action: 'fleet.node.enroll',
    target: { kind: 'node', id: nodeId },
    after: { ...shown, registration: token.id, receives_credentials: sealingKey !== null },
  });
  const { role, groupIds: onlyGroups, approveFirst: waiting } = token;
  return { nodeId, nodeToken: identityKeyId === null ? nodeToken : '', role, onlyGroups, waiting };
}

async function noteRefusal(tx: Tx, ctx: Ctx, id: string): Promise<undefined> {
  const [token] = await tx.select().from(fleetRegistrationTokens).where(eq(fleetRegistrationTokens.id, id));
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
