import { findStringEnd } from '../json/find-string-end.ts';

const PREFIX = Buffer.from('{"type":"content_block_delta","index":');
const DELTA = Buffer.from(',"delta":{"type":"');

/** By the first letter of the delta's type, where two types share one, of its second: how its content member begins. */
const TEXT = Buffer.from('text_delta","text":"');
const THINKING = Buffer.from('thinking_delta","thinking":"');
const INPUT = Buffer.from('input_json_delta","partial_json":"');

/**
 * Content bytes of a `content_block_delta` written the way the API writes it, without parsing; -1 for anything else.
 * Nearly every event of a stream is one. Hot path.
 */
export function skimDelta(bytes: Buffer, start: number, end: number): number {
  if (!has(bytes, start, end, PREFIX)) return -1;
  let at = start + PREFIX.length;
  while (at < end && isDigit(bytes[at])) at++;
  if (!has(bytes, at, end, DELTA)) return -1;
  at += DELTA.length;
  const head = bytes[at] === 0x69 ? INPUT : bytes[at + 1] === 0x68 ? THINKING : TEXT;
  if (!has(bytes, at, end, head)) return -1;
  at += head.length;
  const close = findStringEnd(bytes, at, end);
  return close < end && endsObject(bytes, close + 1, end) ? close - at : -1;
}

/** Exactly two closing braces and white space: no other member follows the content. */
function endsObject(bytes: Buffer, start: number, end: number): boolean {
  let braces = 0;
  for (let at = start; at < end; at++) {
    if (bytes[at] === 0x7d) braces++;
    else if (bytes[at] !== 0x20) return false;
  }
  return braces === 2;
}

function has(bytes: Buffer, start: number, end: number, part: Buffer): boolean {
  if (start + part.length > end) return false;
  for (let i = 0; i < part.length; i++) if (bytes[start + i] !== part[i]) return false;
  return true;
}

function isDigit(c: number | undefined): boolean {
  return c !== undefined && c >= 0x30 && c <= 0x39;
}
