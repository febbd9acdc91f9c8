import { z } from 'zod';

/**
 * `POST /api/v1/edge-nodes/session`, `Authorization: Bearer <node token>`. Opens session N+1 and fences
 * session N: whoever still calls with an older number gets 409 `session_fenced` and must stop or begin anew.
 * Session numbers start at 1; a node without one accepts nothing.
 */
export const sessionRequest = z.object({
  protocol: z.object({ min: z.int(), max: z.int() }).describe('versions this node speaks'),
  build: z.string().max(100),
  boot_id: z.string().max(64).describe('new at every start of the process'),
  incarnation: z.string().max(64).describe('names this ledger file; a new file is a new incarnation'),
  last_seq: z.int().nonnegative().describe('sequence number of the newest final row; 0: none yet'),
  chain: z.string().max(64).describe('head of the hash chain at last_seq, hex; "" before the first row'),
  listen: z.string().max(200).describe('host:port that clients reach'),
});
export type SessionRequest = z.infer<typeof sessionRequest>;

/** 426 `protocol_too_old` when the ranges do not meet. */
export const sessionAnswer = z.object({
  session_no: z.int().positive(),
  node_id: z.string(),
  protocol: z.int(),
  epoch: z
    .string()
    .describe('changes when the database was restored or failed over; the node then compares every scope by digest'),
  head: z.int().nonnegative().describe('newest config version'),
  center_time: z.string().describe('UTC instant, ISO 8601'),
  heartbeat_s: z.int().positive(),
  sync_poll_s: z.int().positive().describe('ask at least this often, should a poke be lost'),
});
export type SessionAnswer = z.infer<typeof sessionAnswer>;
