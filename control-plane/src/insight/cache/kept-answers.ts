import { desc, eq, inArray, lt, sql } from 'drizzle-orm';
import type { Ctx } from '../../kernel/index.ts';
import { insightAnswers } from '../tables.ts';

export interface KeptAnswer<T> {
  readonly body: T;
  readonly askedAt: Date;
  readonly expiresAt: Date;
}

const maxRows = 2_000;
const maxBytes = 1_000_000;
/** The basic figures fall back to an answer past its time, for so long. */
const staleMs = 3_600_000;

/** Undefined when there is none, or when the database cannot say. */
export async function findAnswer<T extends object>(ctx: Ctx, digest: string): Promise<KeptAnswer<T> | undefined> {
  try {
    const [row] = await ctx.db.select().from(insightAnswers).where(eq(insightAnswers.digest, digest));
    return row && { body: bodyOf<T>(row.body), askedAt: row.askedAt, expiresAt: row.expiresAt };
  } catch (error) {
    ctx.log.warn({ err: error }, 'kept statistics cannot be read');
    return undefined;
  }
}

/** Keeps an answer unless a newer one is there already, one too large, or the database says no. */
export async function keepAnswer(ctx: Ctx, digest: string, answer: KeptAnswer<object>): Promise<void> {
  const bytes = Buffer.byteLength(JSON.stringify(answer.body));
  if (bytes > maxBytes) return;
  const row = { digest, body: answer.body, bytes, askedAt: answer.askedAt, expiresAt: answer.expiresAt };
  try {
    await ctx.db
      .insert(insightAnswers)
      .values(row)
      .onConflictDoUpdate({
        target: insightAnswers.digest,
        set: row,
        setWhere: sql`${insightAnswers.askedAt} <= excluded.asked_at`,
      });
    await dropBeyondBound(ctx);
  } catch (error) {
    ctx.log.warn({ err: error }, 'statistics cannot be kept');
  }
}

/** Deletes answers that are past their time and past being a fall-back. */
export async function pruneAnswers(ctx: Ctx): Promise<void> {
  const before = new Date(ctx.clock.now().getTime() - staleMs);
  await ctx.db.delete(insightAnswers).where(lt(insightAnswers.expiresAt, before));
}

async function dropBeyondBound(ctx: Ctx): Promise<void> {
  const surplus = ctx.db
    .select({ digest: insightAnswers.digest })
    .from(insightAnswers)
    .orderBy(desc(insightAnswers.askedAt))
    .offset(maxRows)
    .for('update', { skipLocked: true });
  await ctx.db.delete(insightAnswers).where(inArray(insightAnswers.digest, surplus));
}

/** What `keepAnswer` wrote under this digest, which names the shape and its version. */
function bodyOf<T extends object>(body: unknown): T {
  return body as T;
}
