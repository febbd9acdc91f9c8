import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Db } from '../../kernel/db.ts';

export const fleetChannel = 'fleet';

/** What replicas tell each other. Losing one is survived: sessions are checked at every call, questions have deadlines. */
const fleetNews = z.discriminatedUnion('about', [
  z.object({ about: z.literal('session'), nodeId: z.string(), sessionNo: z.int() }),
  z.object({ about: z.literal('question'), nodeId: z.string(), questionId: z.string() }),
  z.object({ about: z.literal('answer'), nodeId: z.string(), questionId: z.string() }),
  z.object({ about: z.literal('probe'), nodeId: z.string(), probeId: z.string() }),
  z.object({ about: z.literal('recall'), nodeId: z.string(), wins: z.array(z.int()) }),
  z.object({ about: z.literal('probe answer'), probeId: z.string() }),
]);
export type FleetNews = z.infer<typeof fleetNews>;

/** Tells every replica, with the commit of `db` when that is a transaction. */
export async function announceToFleet(db: Db, news: FleetNews): Promise<void> {
  await db.execute(sql`SELECT pg_notify(${fleetChannel}, ${JSON.stringify(news)})`);
}

export function readFleetNews(payload: string): FleetNews | undefined {
  try {
    return fleetNews.safeParse(JSON.parse(payload)).data;
  } catch {
    return undefined;
  }
}
