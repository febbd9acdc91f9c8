import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { globalScope, type RefusalCode } from '@aicarpool/shared-protocol';
import type { KeyEntry, Snapshot } from '../snapshot/snapshot.ts';
import type { Call, Caller, Refused } from './exchange.ts';
import { spoiltConfig } from './intake/spoilt-config.ts';

/** Finds out whose request it is. A caller may show several credentials; the first that is a key of ours counts. */
export function authenticate(snapshot: Snapshot, call: Pick<Call, 'request'>, nowMs: number): ({ ok: true } & Caller) | Refused {
  const shown = credentialsOf(call.request.headers, call.request.url ?? '');
  if (shown.length === 0) {
    return no('key_missing', 'no API key in the request; send it as "Authorization: Bearer <key>"');
  }
  const { damaged } = snapshot;
  const key = findKey(snapshot, shown);
  if (!key && damaged.size > 0) return { ok: false, refusal: spoiltConfig };
  if (!key) return no('key_unknown', 'this API key is not known here; check that it is complete, or ask for a new one');
  if (!key.active) return no('key_disabled', 'this API key has been disabled');
  if (key.expiresAtMs !== null && key.expiresAtMs <= nowMs) {
    return no('key_expired', `this API key expired at ${new Date(key.expiresAtMs).toISOString()}`);
  }
  if (key.allowsAddress && !key.allowsAddress(call.request.socket.remoteAddress ?? '')) {
    return no('address_not_allowed', 'this API key may not be used from your network address');
  }
  const group = snapshot.findGroup(key.groupId);
  if (!group && damaged.size > 0) return { ok: false, refusal: spoiltConfig };
  if (!group) return no('key_unknown', 'the group of this API key is not served here');
  if (group.status !== 'active') return no('group_inactive', `the group of this API key is ${group.status}, not active`);
  if (group.isStale(nowMs)) {
    return no('config_stale', 'this node has not heard from its control plane for too long to serve this group');
  }
  return damaged.has(group.id) || damaged.has(globalScope) ? { ok: true, key, group, isPartial: true } : { ok: true, key, group };
}

function no(code: RefusalCode, message: string): Refused {
  return { ok: false, refusal: { code, message } };
}

function findKey(snapshot: Snapshot, shown: readonly string[]): KeyEntry | undefined {
  for (const text of shown) {
    const key = snapshot.findKey(hash('sha256', text, 'hex'));
    if (key) return key;
  }
  return undefined;
}

/** Amp sends the word beside its real credential. */
const standIn = 'placeholder';

function credentialsOf(headers: IncomingHttpHeaders, target: string): string[] {
  const shown: string[] = [];
  const add = (text: string | undefined) => {
    if (text && text !== standIn && !shown.includes(text)) shown.push(text);
  };
  add(bearer(headers.authorization));
  add(one(headers['x-api-key']));
  add(one(headers['x-goog-api-key']));
  if (target.includes('key=')) add(keyInQuery(target));
  return shown;
}

function one(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header.trim() : undefined;
}

function bearer(header: string | undefined): string | undefined {
  return header?.slice(0, 7).toLowerCase() === 'bearer ' ? header.slice(7).trim() : undefined;
}

function keyInQuery(target: string): string | undefined {
  const mark = target.indexOf('?');
  return mark < 0 ? undefined : (new URLSearchParams(target.slice(mark + 1)).get('key') ?? undefined);
}
