import { z } from 'zod';

/** Every id says what it names: `grp_…`, `key_…`. Ids are opaque; never parse the tail. */
const prefixes = {
  user: 'usr',
  session: 'ses',
  group: 'grp',
  membership: 'mem',
  upstream: 'ups',
  key: 'key',
  proxy: 'prx',
  probe: 'prb',
  signal: 'sig',
  node: 'nod',
  registration: 'reg',
  question: 'qst',
  query: 'qry',
  request: 'req',
  audit: 'aud',
  quota: 'quo',
  quotaChange: 'qch',
  alert: 'alt',
} as const;

export type IdKind = keyof typeof prefixes;
export type Id<K extends IdKind> = string & z.BRAND<K>;

export type UserId = Id<'user'>;
export type SessionId = Id<'session'>;
export type GroupId = Id<'group'>;
export type MembershipId = Id<'membership'>;
export type UpstreamId = Id<'upstream'>;
export type KeyId = Id<'key'>;
export type ProxyId = Id<'proxy'>;
export type ProbeId = Id<'probe'>;
export type NodeId = Id<'node'>;
export type RegistrationId = Id<'registration'>;
export type QuestionId = Id<'question'>;
export type QueryId = Id<'query'>;
export type RequestId = Id<'request'>;
export type AuditId = Id<'audit'>;
export type QuotaId = Id<'quota'>;
export type QuotaChangeId = Id<'quotaChange'>;
export type AlertId = Id<'alert'>;

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const tailLength = 24;

/** Random bytes not yet used; asking for many at once costs a tenth of asking for each id. */
const pool = new Uint8Array(tailLength * 64);
let taken = pool.length;

/** Makes an id with 120 random bits: 24 characters of Crockford's base 32 behind the prefix. */
export function newId<K extends IdKind>(kind: K): Id<K> {
  if (taken === pool.length) {
    crypto.getRandomValues(pool);
    taken = 0;
  }
  let tail = '';
  for (const end = taken + tailLength; taken < end; taken += 1) tail += alphabet[(pool[taken] ?? 0) & 31];
  return `${prefixes[kind]}_${tail}` as Id<K>;
}

/** The schema of one kind of id: refuses an id of another kind with a message that names both. */
export function idSchema<K extends IdKind>(kind: K): z.ZodType<Id<K>, string> {
  const prefix = `${prefixes[kind]}_`;
  return z
    .string()
    .max(64)
    .refine((text) => text.startsWith(prefix), `must be a ${kind} id (${prefix}…)`)
    .transform((text) => text as Id<K>);
}
