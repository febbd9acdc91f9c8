import { z } from 'zod';
import { probe } from './probe.ts';
import { statsQuestion } from './stats-query.ts';

/**
 * `GET /api/v1/edge-nodes/events?session_no=N`, server-sent events, opened by the node and kept open.
 * `event:` names the type, `data:` holds the object; a comment comes every 15 s. Losing one is harmless:
 * a poke is only a reason to sync sooner, and a question has a deadline.
 */
export const nodeEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('poke'), head: z.int().nonnegative().describe('sync if you are older than this') }),
  z.object({
    type: z.literal('recall'),
    wins: z.array(z.int().positive()).max(1000).describe('give back at once what is not needed of these'),
  }),
  z.object({ type: z.literal('query'), question: statsQuestion }),
  z.object({ type: z.literal('probe'), probe }),
  z.object({
    type: z.literal('fenced'),
    message: z.string().describe('a newer session is open: close this stream and stop calling'),
  }),
]);
export type NodeEvent = z.infer<typeof nodeEvent>;
