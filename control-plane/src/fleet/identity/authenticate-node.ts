import { type NodeId, readCallMac } from '@aicarpool/shared-protocol';
import type { Context, MiddlewareHandler } from 'hono';
import { Forbidden, Unauthenticated } from '../../kernel/errors.ts';
import type { HttpEnv } from '../../kernel/http/request-context.ts';
import { findNodeByToken, type NodeRow } from '../nodes/find-node.ts';
import { type Prover, withProof } from './calls/prove-answer.ts';
import { readSignedRequest } from './calls/request-parts.ts';
import { verifyCall } from './calls/verify-call.ts';
import { verifySignedRequest } from './calls/verify-signed-request.ts';
import type { SigningKeys } from './signing-keys/signing-keys.ts';

/** `signedBy`: the identity key that signed the request itself; undefined: none did. */
export type NodeHttpEnv = HttpEnv & { Variables: { node: NodeRow; signedBy: string | undefined } };

/** `tokens`: a node that has no identity key may call this with its token. */
export interface Accepted {
  readonly tokens?: boolean;
}

/**
 * Turns a call inside a session into the acting node, and proves the answer to it. A node that has an identity key is known
 * by nothing else. 401 for a call that is not proved, and for a retired node.
 */
export function authenticateNode({ tokens = false }: Accepted = {}): MiddlewareHandler<NodeHttpEnv> {
  return async (c, next) => {
    const call = readCallMac(c.req.header('authorization') ?? '');
    let prover: Prover | undefined;
    const work = async (): Promise<void> => {
      const node = call ? await verifyCall(c, call, (one) => (prover = one)) : await byToken(c, tokens);
      await act(c, node, next);
    };
    if (call) return await withProof(c, work, () => prover);
    return await work();
  };
}

/** The same for the few requests that are signed with the identity key itself; their answers are signed too. */
export function authenticateSigner(keys: SigningKeys, { tokens = false }: Accepted = {}): MiddlewareHandler<NodeHttpEnv> {
  return async (c, next) => {
    const request = readSignedRequest(c);
    if (!request) return await act(c, await byToken(c, tokens), next);
    const prover: Prover = { to: request.nonce, prove: (text) => keys.sign(c.var.ctx, text) };
    return await withProof(
      c,
      async () => {
        const node = await verifySignedRequest(c, request);
        c.set('signedBy', request.keyId);
        await act(c, node, next);
      },
      () => prover,
    );
  };
}

async function act(c: Context<NodeHttpEnv>, node: NodeRow, next: () => Promise<void>): Promise<void> {
  if (node.waiting) throw new Forbidden('node_waiting', 'an administrator has to let this node in first');
  c.set('node', node);
  c.set('ctx', { ...c.var.ctx, actor: { kind: 'node', nodeId: node.id as NodeId } });
  await next();
}

async function byToken(c: Context<NodeHttpEnv>, tokens: boolean): Promise<NodeRow> {
  const token = bearerOf(c);
  const node = token?.startsWith('acn_') ? await findNodeByToken(c.var.ctx.db, token) : undefined;
  if (!node) throw new Unauthenticated('node_unknown', 'this call is signed by no node that is enrolled here');
  if (node.retiredAt) throw new Unauthenticated('node_retired', 'this node was retired: stop, or enroll it anew');
  if (node.identityKeyId !== null)
    throw new Unauthenticated('identity_required', 'this node has a key: its token proves nothing');
  if (!tokens) throw new Forbidden('identity_required', 'this takes a node with an identity key: enroll it anew');
  return node;
}

/** The bearer token of a call, or undefined. */
export function bearerOf(c: Context): string | undefined {
  const [scheme, token] = (c.req.header('authorization') ?? '').split(' ');
  return scheme?.toLowerCase() === 'bearer' && token ? token : undefined;
}
