import type { Refusal } from '@aicarpool/shared-protocol';
import type { JsonObject, JsonValue } from '../../translate/translation.ts';

export type ParsedBody = { readonly ok: true; readonly value: JsonObject } | { readonly ok: false; readonly refusal: Refusal };

/** Parsing stops everything else on the node: 16 MiB take about 100 ms. */
const parsedAtMostBytes = 16 * 1024 * 1024;

const parsed = new WeakMap<Buffer, ParsedBody>();

/** A whole body for a translation; parsed once, however many accounts are tried. */
export function parseBody(body: Buffer): ParsedBody {
  const known = parsed.get(body);
  if (known) return known;
  const made = parse(body);
  parsed.set(body, made);
  return made;
}

function parse(body: Buffer): ParsedBody {
  if (body.length > parsedAtMostBytes) {
    const message = 'the request body is larger than 16 MiB, more than is translated for a provider of another format';
    return { ok: false, refusal: { code: 'body_too_large', message } };
  }
  try {
    const value: JsonValue = JSON.parse(body.toString('utf8'));
    if (isObject(value)) return { ok: true, value };
  } catch {
    // Said below.
  }
  return { ok: false, refusal: { code: 'body_malformed', message: 'The body is no valid JSON object.' } };
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
