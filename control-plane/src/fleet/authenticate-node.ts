import type { NodeId } from '@aicarpool/shared-protocol';
import type { Context, MiddlewareHandler } from 'hono';
import { Unauthenticated } from '../kernel/errors.ts';
import type { HttpEnv } from '../kernel/http/request-context.ts';
import { findNodeByToken, type NodeRow } from './nodes/find-node.ts';

export type NodeHttpEnv = HttpEnv & { Variables: { node: NodeRow } };

/** Turns `Authorization: Bearer <node token>` into the acting node. 401 for an unknown token, and for a retired node. */
export function authenticateNode(): MiddlewareHandler<NodeHttpEnv> {
  return async (c, next) => {
    const { ctx } = c.var;
    const token = bearerOf(c);
    const node = token?.startsWith('acn_') ? await findNodeByToken(ctx.db, token) : undefined;
    if (!node) throw new Unauthenticated('node_unknown', 'give the node token as `Authorization: Bearer …`, or enroll this node');
    if (node.retiredAt) throw new Unauthenticated('node_retired', 'this node was retired: stop, or enroll it anew');
    c.set('node', node);
    c.set('ctx', { ...ctx, actor: { kind: 'node', nodeId: node.id as NodeId } });
    await next();
  };
}

/** The bearer token of a call, or undefined. */
export function bearerOf(c: Context): string | undefined {
  const [scheme, token] = (c.req.header('authorization') ?? '').split(' ');
  return scheme?.toLowerCase() === 'bearer' && token ? token : undefined;
}
