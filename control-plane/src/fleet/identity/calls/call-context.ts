import type { Context } from 'hono';
import type { Ctx } from '../../../kernel/context.ts';

/** A request as those who authenticate it see it; `var.node` is set by them. */
// biome-ignore lint/suspicious/noExplicitAny: hono's contexts of different environments are no subtypes of each other
export type CallContext = Context<any>;

export const ctxOf = (c: CallContext): Ctx => c.var.ctx;
