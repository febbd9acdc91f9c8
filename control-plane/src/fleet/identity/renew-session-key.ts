import type { RenewRequest, SessionKey } from '@aicarpool/shared-protocol';
import { allow } from '../../kernel/allow.ts';
import type { Ctx } from '../../kernel/context.ts';
import { assertSession } from '../nodes/assert-session.ts';
import type { NodeRow } from '../nodes/find-node.ts';
import { issueSessionKey } from './calls/session-keys.ts';
import type { SigningKeys } from './signing-keys/signing-keys.ts';

/** Gives a session that is still the newest its next key; the one before stays good until it expires. */
export async function renewSessionKey(ctx: Ctx, keys: SigningKeys, node: NodeRow, request: RenewRequest): Promise<SessionKey> {
  allow(ctx, 'fleet.node.renew_session');
  assertSession(node, request.session_no);
  const { session_no: sessionNo, exchange: nodeExchange } = request;
  return await issueSessionKey(ctx, keys, { node, bootId: node.bootId ?? '', sessionNo, nodeExchange });
}
