import { skipSpace, skipString, skipValue } from './skip-value.ts';

/** Where a value lies: `body[start, end)`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export type TopLevel =
  | { readonly ok: true; readonly values: ReadonlyMap<string, Range> }
  | { readonly ok: false; readonly problem: string };

interface Member {
  readonly key: string;
  readonly value: Range;
}

/**
 * Finds the wanted top-level members of the JSON object in `body[start, end)` without parsing it: strings are jumped over,
 * nested values are walked but not kept. Malformed structure is refused, and so is a wanted key that comes twice or also
 * in another letter case: two parsers could then see two models. `problem` completes "The body …".
 */
export function readTopLevel(body: Buffer, start: number, end: number, wanted: readonly string[]): TopLevel {
  const open = skipSpace(body, start, end);
  if (open >= end || body[open] !== 0x7b) return { ok: false, problem: 'is not a JSON object' };
  const found = new Map<string, Member>();
  let at = skipSpace(body, open + 1, end);
  let isFirst = true;
  while (at < end && body[at] !== 0x7d) {
    if (!isFirst && body[at] !== 0x2c) return malformed(at, start);
    if (!isFirst) at = skipSpace(body, at + 1, end);
    const member = readMember(body, at, end);
    if (!member) return malformed(at, start);
    const name = wanted.find((one) => one === member.key || one.toLowerCase() === member.key.toLowerCase());
    if (name !== undefined && found.has(name)) return { ok: false, problem: `names "${name}" twice` };
    if (name !== undefined) found.set(name, member);
    at = skipSpace(body, member.value.end, end);
    isFirst = false;
  }
  if (at >= end) return { ok: false, problem: 'breaks off before its JSON ends' };
  if (skipSpace(body, at + 1, end) !== end) return { ok: false, problem: 'goes on after its JSON object' };
  const values = new Map<string, Range>();
  for (const [name, { key, value }] of found) if (key === name) values.set(name, value);
  return { ok: true, values };
}

function malformed(at: number, start: number): TopLevel {
  return { ok: false, problem: `is no valid JSON, or breaks off, in the member at byte ${at - start}` };
}

function readMember(body: Buffer, at: number, end: number): Member | undefined {
  const keyEnd = at < end && body[at] === 0x22 ? skipString(body, at, end) : -1;
  const colon = keyEnd === -1 ? end : skipSpace(body, keyEnd, end);
  if (colon >= end || body[colon] !== 0x3a) return undefined;
  const start = skipSpace(body, colon + 1, end);
  const stop = skipValue(body, start, end);
  return stop === -1 ? undefined : { key: readKey(body, at, keyEnd), value: { start, end: stop } };
}

/** Keys far longer than any wanted one are not decoded. */
function readKey(body: Buffer, start: number, end: number): string {
  if (end - start > 256) return '';
  const raw = body.toString('utf8', start, end);
  if (!raw.includes('\\')) return raw.slice(1, -1);
  try {
    const key: unknown = JSON.parse(raw);
    return typeof key === 'string' ? key : '';
  } catch {
    return '';
  }
}
