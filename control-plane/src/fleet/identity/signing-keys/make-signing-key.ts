import { endorsementStatement } from '@aicarpool/shared-protocol';
import type { Ctx } from '../../../kernel/context.ts';
import type { Tx } from '../../../kernel/db.ts';
import { keyIdOf, newIdentityPair, signText } from '../ed25519.ts';
import { fleetSigningKeys } from '../identity-tables.ts';
import { signingKeyAad } from './signing-keys.ts';

type Row = typeof fleetSigningKeys.$inferSelect;

/** Makes a signing key that `by` endorses, in the caller's transaction. */
export async function makeSigningKey(tx: Tx, ctx: Ctx, state: 'current' | 'next', by: Row | null, createdAt: Date): Promise<Row> {
  const pair = newIdentityPair();
  const id = keyIdOf(pair.publicKey);
  const row: Row = {
    id,
    publicKey: pair.publicKey,
    wrapped: ctx.keyring.seal(pair.privateKey, signingKeyAad(id)),
    state,
    endorsedBy: by?.id ?? null,
    endorsement: by ? endorse(ctx, by, pair.publicKey) : null,
    createdAt,
    retiredAt: null,
  };
  await tx.insert(fleetSigningKeys).values(row);
  return row;
}

function endorse(ctx: Pick<Ctx, 'keyring'>, by: Row, key: string): string {
  if (by.wrapped === null) throw new Error('a signing key that was retired endorses nothing');
  const privateKey = ctx.keyring.open(by.wrapped, signingKeyAad(by.id)).toString('utf8');
  const text = endorsementStatement({ key, by: by.id });
  return signText({ privateKey, publicKey: by.publicKey }, text).toString('base64url');
}
