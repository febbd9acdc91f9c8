import { configStatement, type SyncAnswer } from '@aicarpool/shared-protocol';
import type { Ctx } from '../../../kernel/context.ts';
import type { SigningKeys } from '../../identity/signing-keys/signing-keys.ts';

/** How long an exported snapshot may begin a node; for how long a group is served without contact, its own settings say. */
const configValidS = 86_400;

/** Signs an answer for one node and one question; `nonce` "": for a file. */
export async function sealAnswer(
  ctx: Pick<Ctx, 'db' | 'keyring'>,
  keys: SigningKeys,
  answer: SyncAnswer,
  to: { readonly node_id: string; readonly nonce: string },
): Promise<SyncAnswer> {
  const address = { ...to, valid_s: configValidS };
  return { ...answer, seal: { ...address, ...(await keys.sign(ctx, configStatement(answer, address))) } };
}
