import { allow } from '../../../kernel/allow.ts';
import type { Ctx } from '../../../kernel/context.ts';
import { readSigningKeys } from './signing-keys.ts';

export interface ListedKey {
  readonly id: string;
  readonly state: 'current' | 'next' | 'past';
  readonly createdAt: Date;
  readonly retiredAt: Date | null;
}

/** The keys of this control plane by name, newest first. */
export async function listSigningKeys(ctx: Ctx): Promise<ListedKey[]> {
  allow(ctx, 'fleet.signing_key.read');
  const rows = await readSigningKeys(ctx.db);
  return rows.reverse().map(({ id, state, createdAt, retiredAt }) => ({ id, state, createdAt, retiredAt }));
}
