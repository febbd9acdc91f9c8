import type { MeterReading } from '../dialect.ts';

export type Document = Readonly<Record<string, unknown>>;

const nothing: Document = Object.freeze({});

export function asObject(value: unknown): Document {
  return isObject(value) ? value : nothing;
}

export function isObject(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function asText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** A token count; some providers write `12.0` or `"12"`. Null for what is absent, negative or no number: never zero. */
export function asCount(value: unknown): number | null {
  const number = typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !(number >= 0) || number > Number.MAX_SAFE_INTEGER) return null;
  return Math.round(number);
}

/** `type`, Google's `status`, or the code; null when there is no error. */
export function asError(value: unknown): MeterReading['error'] {
  if (typeof value === 'string' && value !== '') return { type: 'error', message: value.slice(0, 2000) };
  if (!isObject(value)) return null;
  const code = typeof value['code'] === 'number' ? String(value['code']) : asText(value['code']);
  const type = asText(value['type']) ?? asText(value['status']) ?? code ?? 'error';
  return { type: type.slice(0, 100), message: (asText(value['message']) ?? '').slice(0, 2000) };
}
