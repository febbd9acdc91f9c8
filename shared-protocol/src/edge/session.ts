import { z } from 'zod';
import { publicKey, signingKeys } from './identity.ts';

/** Half of the key of a session: the other side of the exchange, and for how long the key is good. */
export const sessionKey = z.object({
  exchange: publicKey.describe(
    'X25519, made for this answer; with `exchange` of the request it gives the key, see `sessionKeyInfo`',
  ),
  generation: z.int().positive().describe('of the keys of this session'),
  valid_s: z.int().positive().max(900),
  signing_keys: signingKeys,
});
export type SessionKey = z.infer<typeof sessionKey>;

/**
 * `POST /api/v1/edge-nodes/session`, signed with the identity key of the node (a node without one: `Authorization: Bearer
 * <node token>`). Opens session N+1 and fences
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
  exchange: publicKey.optional().describe('X25519, made for this request; needed with a signature'),
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
  key: sessionKey
    .optional()
    .describe('authenticates every call of this session (`callText`); absent for a node without an identity key'),
});
export type SessionAnswer = z.infer<typeof sessionAnswer>;

/** `POST /api/v1/edge-nodes/session/renew`, signed like `session`: the next key of a session that stays open. */
export const renewRequest = z.object({ session_no: z.int().positive(), exchange: publicKey });
export type RenewRequest = z.infer<typeof renewRequest>;

export const renewAnswer = z.object({ center_time: z.string().describe('UTC instant, ISO 8601'), key: sessionKey });
export type RenewAnswer = z.infer<typeof renewAnswer>;
