import { type Range, readTopLevel } from './read-top-level.ts';
import { skipSpace } from './skip-value.ts';

interface Edit extends Range {
  readonly text: string;
}

/**
 * Top-level members of a JSON object, changed in place: every other byte stays as it was. An object that cannot be
 * read, or names a member twice, is left alone.
 */
export function setMember(body: Buffer, name: string, json: string): Buffer {
  const top = readTopLevel(body, 0, body.length, [name]);
  if (!top.ok) return body;
  const value = top.values.get(name);
  return splice(body, value ? { ...value, text: json } : insertion(body, 0, body.length, `${JSON.stringify(name)}:${json}`));
}

/** The same for a member of an object that is itself a member; makes it where it is absent or no object. */
export function setInnerMember(body: Buffer, outer: string, name: string, json: string): Buffer {
  const top = readTopLevel(body, 0, body.length, [outer]);
  if (!top.ok) return body;
  const range = top.values.get(outer);
  const inner = range && readTopLevel(body, range.start, range.end, [name]);
  if (!range || !inner?.ok) return setMember(body, outer, `{${JSON.stringify(name)}:${json}}`);
  const value = inner.values.get(name);
  const edit = value ? { ...value, text: json } : insertion(body, range.start, range.end, `${JSON.stringify(name)}:${json}`);
  return splice(body, edit);
}

export function dropMember(body: Buffer, name: string): Buffer {
  const found = findMember(body, name);
  if (!found) return body;
  const { start, end } = found;
  const after = skipSpace(body, end, body.length);
  if (body[after] === 0x2c) return splice(body, { start, end: after + 1, text: '' });
  let before = start - 1;
  while (before > 0 && isSpace(body[before])) before -= 1;
  return splice(body, { start: body[before] === 0x2c ? before : start, end, text: '' });
}

/** Does nothing where the new name is there already. */
export function renameMember(body: Buffer, name: string, to: string): Buffer {
  const found = findMember(body, name);
  const other = readTopLevel(body, 0, body.length, [to]);
  if (!found || !other.ok || other.values.has(to)) return body;
  return splice(body, { start: found.start, end: found.keyEnd, text: JSON.stringify(to) });
}

function splice(body: Buffer, { start, end, text }: Edit): Buffer {
  return Buffer.concat([body.subarray(0, start), Buffer.from(text), body.subarray(end)]);
}

/** In front of whatever members the object in `body[start, end)` has. */
function insertion(body: Buffer, start: number, end: number, member: string): Edit {
  const at = skipSpace(body, start, end) + 1;
  const isEmpty = body[skipSpace(body, at, end)] === 0x7d;
  return { start: at, end: at, text: isEmpty ? member : `${member},` };
}

/** From the opening quote of its name to the end of its value. A name that is written with escapes is not found. */
function findMember(body: Buffer, name: string): (Range & { readonly keyEnd: number }) | undefined {
  const top = readTopLevel(body, 0, body.length, [name]);
  const value = top.ok ? top.values.get(name) : undefined;
  if (!value) return undefined;
  let at = value.start - 1;
  while (at > 0 && (isSpace(body[at]) || body[at] === 0x3a)) at -= 1;
  const keyEnd = at + 1;
  const quoted = Buffer.from(JSON.stringify(name));
  const start = keyEnd - quoted.length;
  return start > 0 && body.subarray(start, keyEnd).equals(quoted) ? { start, end: value.end, keyEnd } : undefined;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
