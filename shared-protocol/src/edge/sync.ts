import { z } from 'zod';
import { upsert } from './config/resource.ts';
import { centerSignature } from './identity.ts';

const scope = z.string().max(64);
const version = z.int().nonnegative();

/** Why a node keeps its last good revision of one resource. Reported at every sync until it is cured. */
export const reject = z.object({
  scope,
  kind: z.string().max(40),
  id: z.string().max(64),
  rev: z.string().max(32).describe('the revision that was refused'),
  code: z.enum(['invalid', 'too_large', 'unsealable', 'crash_loop']),
  message: z.string().max(500),
});
export type Reject = z.infer<typeof reject>;

/**
 * `POST /api/v1/edge-nodes/sync`. The question is also the receipt: `have` and `digests` say what the node
 * holds after the last answer (ack), `rejects` what it would not take (nack). So a node that applied something
 * asks once more at once; only then the control plane counts it among those that confirmed a change.
 */
export const syncRequest = z.object({
  session_no: z.int().positive(),
  epoch: z.string().max(64).describe('of the config it holds; "" when it holds none'),
  have: z.object({
    base: version.describe('every scope it holds is at this version …'),
    except: z.record(scope, version).describe('… but these; version 0 asks for the whole scope'),
  }),
  digests: z.record(scope, z.string().length(32)).describe('of every scope it holds, after the last answer was applied'),
  rejects: z.array(reject).max(1000),
  resume: z
    .record(scope, z.string().max(400))
    .optional()
    .describe('the `next` of every scope that is arriving in parts, unchanged; absent: none is'),
  nonce: z
    .string()
    .regex(/^[A-Za-z0-9_-]{22,86}$/)
    .optional()
    .describe('random; the answer is signed for it, so no older one can take its place'),
  refused: z
    .enum(['unsigned', 'unknown_signer', 'bad_signature', 'other_node', 'other_question', 'older'])
    .optional()
    .describe('why the answer before was not taken; absent: it was'),
});
export type SyncRequest = z.infer<typeof syncRequest>;

/** A group's data key, sealed to this node: HPKE base mode (RFC 9180), X25519, HKDF-SHA256, AES-256-GCM; info = `<node id>|<scope>|<version>`. */
export const sealedDataKey = z.object({
  version: z.int().positive(),
  enc: z.string().max(100).describe('base64'),
  ciphertext: z.string().max(200).describe('base64'),
});
export type SealedDataKey = z.infer<typeof sealedDataKey>;

/**
 * One scope of an answer. `full` replaces the scope, `delta` changes it, `drop` forgets it and its parts (the
 * node no longer serves that group). Order of work: removals of keys and upstreams first, then upserts in `upsertOrder`, then
 * the other removals. A removal is applied even when an upsert beside it is refused. Applying twice is harmless.
 *
 * A full scope too large for one answer comes in parts, each a `full` with `next` but the last, which has none.
 * Parts are kept aside and change nothing yet. `from` 0 begins anew: what was kept aside for the scope is forgotten.
 * `from` > 0 adds to what is kept aside (when nothing is, it is ignored): first `remove`, then `upsert`, which may
 * replace what an earlier part brought. With the last part the whole takes the place of the scope, at version `to`.
 */
export const scopeChange = z.object({
  scope,
  mode: z.enum(['delta', 'full', 'drop']),
  from: version,
  to: version,
  remove: z.array(z.tuple([z.string().max(40), z.string().max(64)])),
  upsert: z.array(upsert),
  digest: z
    .string()
    .length(32)
    .describe(
      'of the scope at `to`; another one on the node: roll back, ask for the full scope. Not checked on a part with `next`',
    ),
  data_keys: z
    .array(sealedDataKey)
    .describe('keys that open the secrets of this scope; [] when none are new or the node cannot receive any'),
  next: z
    .string()
    .max(400)
    .optional()
    .describe('present: more parts of this full scope follow; send it back in `resume`. Opaque'),
});
export type ScopeChange = z.infer<typeof scopeChange>;

/**
 * The signature of the control plane over an answer (`configStatement`). `nonce`: the one of the question; "" in a snapshot
 * that was exported to a file. A node takes nothing that is not signed for it by a key that it trusts.
 */
export const configSeal = centerSignature.extend({
  node_id: z.string().max(64),
  nonce: z.string().max(86),
  valid_s: z.int().positive().describe('how long an exported snapshot may begin a node, by `center_time`'),
});
export type ConfigSeal = z.infer<typeof configSeal>;

/**
 * After it `have.base` is `head`. A listed scope (a part with `next` aside) is at its own `to`. A scope that is held
 * and not listed is at `head`: it did not change; but with `more` it keeps its version while the epoch is the same.
 * Whatever is then not at `head` goes to `have.except`.
 */
export const syncAnswer = z.object({
  epoch: z.string(),
  head: version.describe('what `have.base` becomes: the newest version, or with `more` the base that the node had'),
  center_time: z.string(),
  scopes: z.array(scopeChange),
  more: z.boolean().describe('ask again at once: this answer did not hold everything'),
  seal: configSeal.optional().describe('absent only for a node without an identity key'),
});
export type SyncAnswer = z.infer<typeof syncAnswer>;
