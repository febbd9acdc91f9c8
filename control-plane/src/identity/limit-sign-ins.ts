import { createHash } from 'node:crypto';
import { eq, inArray, lt, sql } from 'drizzle-orm';
import { type Ctx, LimitReached } from '../kernel/index.ts';
import { identitySignInAttempts } from './tables.ts';

const windowMs = 60_000;
const perEmailAndAddress = 5;
const perAddress = 30;
const queueLimit = 20;

/**
 * Runs one attempt to sign in under the limits: 5 failures a minute for one email from one address, 30 from one address.
 * The attempt is counted before it runs and given back when it succeeds, so attempts in parallel cannot pass together.
 */
export async function limitSignIns<T>(ctx: Ctx, email: string, attempt: () => Promise<T>): Promise<T> {
  const from = networkOf(ctx.address ?? 'unknown');
  const pair = hashed(`${email.toLowerCase()} ${from}`);
  const address = hashed(from);
  return await oneAtATime(pair, async () => {
    await take(ctx, address, perAddress);
    await take(ctx, pair, perEmailAndAddress);
    const result = await attempt();
    await ctx.db.delete(identitySignInAttempts).where(eq(identitySignInAttempts.key, pair));
    await ctx.db
      .update(identitySignInAttempts)
      .set({ count: sql`greatest(0, ${identitySignInAttempts.count} - 1)` })
      .where(inArray(identitySignInAttempts.key, [address]));
    return result;
  });
}

/** Forgets windows that are over. */
export async function pruneSignInAttempts(ctx: Ctx): Promise<void> {
  await ctx.db.delete(identitySignInAttempts).where(lt(identitySignInAttempts.windowEndsAt, ctx.clock.now()));
}

async function take(ctx: Ctx, key: string, limit: number): Promise<void> {
  const now = ctx.clock.now();
  const endsAt = new Date(now.getTime() + windowMs);
  const { count, windowEndsAt } = identitySignInAttempts;
  const isOver = sql`${windowEndsAt} <= ${now.toISOString()}::timestamptz`;
  const taken = await ctx.db
    .insert(identitySignInAttempts)
    .values({ key, count: 1, windowEndsAt: endsAt })
    .onConflictDoUpdate({
      target: identitySignInAttempts.key,
      set: {
        count: sql`CASE WHEN ${isOver} THEN 1 ELSE ${count} + 1 END`,
        windowEndsAt: sql`CASE WHEN ${isOver} THEN ${endsAt.toISOString()}::timestamptz ELSE ${windowEndsAt} END`,
      },
      setWhere: sql`${isOver} OR ${count} < ${limit}`,
    })
    .returning({ count });
  if (taken.length > 0) return;
  const [row] = await ctx.db.select({ windowEndsAt }).from(identitySignInAttempts).where(eq(identitySignInAttempts.key, key));
  const waitS = Math.max(1, Math.ceil(((row?.windowEndsAt.getTime() ?? 0) - now.getTime()) / 1000));
  throw tooMany(waitS);
}

function tooMany(retryAfterS: number): LimitReached {
  return new LimitReached('too_many_sign_ins', `too many failed sign-ins: try again in ${retryAfterS} s`, undefined, retryAfterS);
}

const waiting = new Map<string, { tail: Promise<unknown>; length: number }>();

async function oneAtATime<T>(key: string, work: () => Promise<T>): Promise<T> {
  const queue = waiting.get(key) ?? { tail: Promise.resolve(), length: 0 };
  if (queue.length >= queueLimit) throw tooMany(1);
  waiting.set(key, queue);
  queue.length += 1;
  const mine = queue.tail.then(work);
  queue.tail = mine.catch(() => undefined);
  try {
    return await mine;
  } finally {
    queue.length -= 1;
    if (queue.length === 0) waiting.delete(key);
  }
}

// One household or server has a whole /64 of IPv6 addresses.
function networkOf(address: string): string {
  return address.includes(':') && !address.startsWith('::ffff:') ? address.split(':').slice(0, 4).join(':') : address;
}

function hashed(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
