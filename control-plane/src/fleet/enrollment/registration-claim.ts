import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { joinStatement } from '@aicarpool/shared-protocol';
import { and, eq } from 'drizzle-orm';
import type { Ctx } from '../../kernel/context.ts';
import type { Db } from '../../kernel/db.ts';
import { fleetRegistrationTokens } from '../tables.ts';
import { hashSecretText } from './secret-text.ts';

/** How a caller shows that it holds a registration token: it sends it, or proves it over its signed request. */
export type RegistrationClaim =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'proof'; readonly id: string; readonly proof: string; readonly base: string };

/** Reads the `authorization` header of a registration. `base`: what the request is signed over, when it is. */
export function readClaim(header: string, base: string | undefined): RegistrationClaim | undefined {
  const [, token] = /^Bearer (\S{1,300})$/i.exec(header) ?? [];
  if (token !== undefined) return { kind: 'token', token };
  const [, id, proof] = /^Carpool-Token (reg_[0-9a-z]{1,60})\.([A-Za-z0-9_-]{43})$/i.exec(header) ?? [];
  if (id === undefined || proof === undefined || base === undefined) return undefined;
  return { kind: 'proof', id, proof, base };
}

export const proofKeyAad = (id: string): string => `fleet_registration_tokens/${id}`;

/** The key that proves a token, from its secret part. */
export function proofKeyOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** The id of the registration that the claim is good for, whatever has become of it; undefined: of none. */
export async function findClaimed(db: Db, ctx: Pick<Ctx, 'keyring'>, claim: RegistrationClaim): Promise<string | undefined> {
  const table = fleetRegistrationTokens;
  const named = claim.kind === 'token' ? eq(table.tokenHash, hashSecretText(claim.token)) : eq(table.id, claim.id);
  const [row] = await db.select({ id: table.id, proofKey: table.proofKey }).from(table).where(and(named));
  if (!row || claim.kind === 'token') return row?.id;
  if (row.proofKey === null) return undefined;
  const key = ctx.keyring.open(row.proofKey, proofKeyAad(row.id));
  const text = joinStatement({ registration: row.id, base: claim.base });
  const expected = createHmac('sha256', key).update(text).digest();
  return timingSafeEqual(expected, Buffer.from(claim.proof, 'base64url')) ? row.id : undefined;
}
