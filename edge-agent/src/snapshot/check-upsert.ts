import { hash } from 'node:crypto';
import {
  canonicalJson,
  type GroupResource,
  globalScope,
  type Json,
  type ProxyResource,
  type QuotaResource,
  type Reject,
  resourceSchemas,
  revisionOf,
  revisionOfText,
  type ServiceResource,
  type UpstreamResource,
  upsert,
} from '@aicarpool/shared-protocol';
import { z } from 'zod';
import { compileKey } from './compile/key.ts';
import { type CompiledService, compileService, originOf } from './compile/service.ts';
import type { StoredResource } from './disk/store.ts';
import type { KeyEntry } from './snapshot.ts';

/** A resource that is known to compile. `other`: a kind this build does not know; kept, counted, not used. */
export type Resource =
  | { readonly kind: 'service'; readonly body: ServiceResource; readonly service: CompiledService }
  | { readonly kind: 'group'; readonly body: GroupResource }
  | { readonly kind: 'upstream'; readonly body: UpstreamResource }
  | { readonly kind: 'proxy'; readonly body: ProxyResource }
  | { readonly kind: 'quota'; readonly body: QuotaResource }
  | { readonly kind: 'key'; readonly hash: string; readonly entry: KeyEntry }
  | { readonly kind: 'other' };

/** What came over the wire and may be stored: `text` is the body as canonical JSON. */
export interface Checked {
  readonly kind: string;
  readonly id: string;
  readonly rev: string;
  readonly text: string;
  readonly resource: Resource;
}

export type CheckResult = { readonly ok: true; readonly value: Checked } | { readonly ok: false; readonly reject: Reject };

const largestBytes = 256 * 1024;
// What was parsed from JSON is JSON: walking every body to prove it would cost more than all other checks.
const shape = upsert.extend({ body: z.record(z.string(), z.unknown()) });
const sha256 = (text: string) => hash('sha256', text);

/** Checks one upsert by itself, so that a poisoned one never holds up what comes beside it. Never throws. */
export function checkUpsert(scope: string, raw: unknown): CheckResult {
  const parsed = shape.safeParse(raw);
  if (!parsed.success) return refuse(scope, raw, 'invalid', `no upsert: ${firstIssue(parsed.error)}`);
  const { kind, id, rev, body } = parsed.data;
  const text = canonicalJson(body as Json);
  if (Buffer.byteLength(text) > largestBytes) return refuse(scope, raw, 'too_large', `more than ${largestBytes} bytes`);
  if (revisionOfText(sha256, kind, id, text) !== rev) return refuse(scope, raw, 'invalid', 'rev does not belong to this body');
  try {
    return { ok: true, value: { kind, id, rev, text, resource: readResource(scope, kind, id, body) } };
  } catch (error) {
    return refuse(scope, raw, 'invalid', error instanceof Error ? error.message : 'cannot be compiled');
  }
}

/** Parses and compiles what lies on disk. Throws an Error when it is not, to the last bit, what was stored. */
export function readStored({ scope, kind, id, rev, body }: StoredResource): Resource {
  const parsed: Json = JSON.parse(body);
  const fits = revisionOfText(sha256, kind, id, body) === rev || revisionOf(sha256, kind, id, parsed) === rev;
  if (!fits) throw new Error('rev does not belong to this body');
  return readResource(scope, kind, id, parsed);
}

/** Of a body that this node made itself. */
export function revisionHere(kind: string, id: string, body: Json): string {
  return revisionOf(sha256, kind, id, body);
}

/** Parses and compiles one body. Throws an Error that says what is wrong with it. */
export function readResource(scope: string, kind: string, id: string, body: unknown): Resource {
  if (kind === 'key') {
    const key = parse(resourceSchemas.key, body);
    requireEqual('id', key.id, id);
    requireEqual('group_id', key.group_id, scope);
    return { kind, hash: key.hash, entry: compileKey(key) };
  }
  if (kind === 'upstream') {
    const upstream = parse(resourceSchemas.upstream, body);
    requireEqual('id', upstream.id, id);
    requireEqual('group_id', upstream.group_id, scope);
    if (upstream.base_url !== null) originOf(upstream.base_url);
    return { kind, body: upstream };
  }
  if (kind === 'proxy') {
    const proxy = parse(resourceSchemas.proxy, body);
    requireEqual('id', proxy.id, id);
    requireEqual('group_id', proxy.group_id, scope);
    return { kind, body: proxy };
  }
  if (kind === 'quota') {
    const quota = parse(resourceSchemas.quota, body);
    requireEqual('id', quota.id, id);
    requireEqual('group_id', quota.group_id, scope);
    return { kind, body: quota };
  }
  if (kind === 'group') {
    const group = parse(resourceSchemas.group, body);
    requireEqual('id', group.id, id);
    requireEqual('id', group.id, scope);
    return { kind, body: group };
  }
  if (kind === 'service') {
    const service = parse(resourceSchemas.service, body);
    requireEqual('id', service.id, id);
    requireEqual('scope', scope, globalScope);
    return { kind, body: service, service: compileService(service) };
  }
  return { kind: 'other' };
}

interface Schema<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false; error: Issues };
}
interface Issues {
  readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
}

function parse<T>(schema: Schema<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw new Error(firstIssue(parsed.error));
  return parsed.data;
}

function firstIssue(error: Issues): string {
  const issue = error.issues[0];
  return issue === undefined ? 'not as expected' : `${issue.path.map(String).join('.')}: ${issue.message}`;
}

function requireEqual(name: string, found: string, expected: string): void {
  if (found !== expected) throw new Error(`${name} must be ${expected}`);
}

function refuse(scope: string, raw: unknown, code: Reject['code'], message: string): CheckResult {
  const field = (name: 'kind' | 'id' | 'rev', longest: number) => {
    const value: unknown = typeof raw === 'object' && raw !== null ? Reflect.get(raw, name) : undefined;
    return typeof value === 'string' ? value.slice(0, longest) : '';
  };
  const reject = { scope, kind: field('kind', 40), id: field('id', 64), rev: field('rev', 32), code };
  return { ok: false, reject: { ...reject, message: message.slice(0, 500) } };
}
