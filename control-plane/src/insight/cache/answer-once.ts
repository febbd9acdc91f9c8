import { createHash } from 'node:crypto';
import { canonicalJson, type Json } from '@aicarpool/shared-protocol';
import type { Ctx } from '../../kernel/index.ts';
import { findAnswer, keepAnswer } from './kept-answers.ts';
import type { SingleFlight } from './single-flight.ts';

export interface Kept<T> {
  readonly body: T;
  readonly askedAt: Date;
  readonly expiresAt: Date;
  readonly cached: boolean;
}

export interface Wish {
  /** All that makes two answers differ, the rights of the asker among it. */
  readonly name: Json;
  readonly forceRefresh: boolean;
}

/** Bump when the shape of what is kept changes: replicas of two versions share the table. */
const shape = 1;

/**
 * Gives the kept answer, or does the work and keeps its answer for as long as the work says. One piece of work
 * at a time for each name; a refresh begins after it was asked for. A table that fails only costs the keeping.
 */
export async function answerOnce<T extends object>(
  ctx: Ctx,
  flights: SingleFlight,
  wish: Wish,
  work: () => Promise<{ readonly body: T; readonly lifetimeMs: number }>,
): Promise<Kept<T>> {
  const digest = digestOf(wish.name);
  if (!wish.forceRefresh) {
    const kept = await findAnswer<T>(ctx, digest);
    if (kept && kept.expiresAt > ctx.clock.now()) return { ...kept, cached: true };
  }
  return flights.run(digest, wish.forceRefresh, async () => {
    const askedAt = ctx.clock.now();
    const { body, lifetimeMs } = await work();
    const expiresAt = new Date(ctx.clock.now().getTime() + lifetimeMs);
    await keepAnswer(ctx, digest, { body, askedAt, expiresAt });
    return { body, askedAt, expiresAt, cached: false };
  });
}

/** The answer kept last under this name, even if it is past its time; undefined when it is older than an hour or gone. */
export async function findLastAnswer<T extends object>(ctx: Ctx, name: Json): Promise<Kept<T> | undefined> {
  const kept = await findAnswer<T>(ctx, digestOf(name));
  const young = kept && ctx.clock.now().getTime() - kept.askedAt.getTime() < 3_600_000;
  return young ? { ...kept, cached: true } : undefined;
}

function digestOf(name: Json): string {
  return createHash('sha256')
    .update(canonicalJson([shape, name]))
    .digest('hex');
}
