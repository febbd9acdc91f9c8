const minuteMs = 60_000;

/**
 * When an access token is renewed: a fifth of its life before its end, five minutes at least (half of a short life), and
 * by chance up to a tenth of that earlier, so that accounts that signed in together part. null: its life is not known.
 */
export function refreshAt(now: Date, lifetimeS: number | null, random: number): Date | null {
  if (lifetimeS === null) return null;
  const lifeMs = Math.max(0, lifetimeS) * 1000;
  const leadMs = Math.max(lifeMs / 5, Math.min(5 * minuteMs, lifeMs / 2));
  return new Date(now.getTime() + Math.max(0, lifeMs - leadMs * (1 + random / 10)));
}

/** When a refresh that failed is tried again: 30 s, doubling to 15 minutes, spread by up to a half. */
export function retryAt(now: Date, failures: number, random: number): Date {
  const waitMs = Math.min(15 * minuteMs, 30_000 * 2 ** Math.min(10, Math.max(0, failures - 1)));
  return new Date(now.getTime() + waitMs * (1 + random / 2));
}
