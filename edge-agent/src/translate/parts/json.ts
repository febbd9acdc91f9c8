import type { JsonObject, JsonValue } from '../translation.ts';

/** Bodies of clients and providers are loosely typed: what is not of the kind asked for reads as nothing. */
export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const nothing: JsonObject = Object.freeze({});

export function objectOf(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? value : nothing;
}

export function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

export function objectsOf(value: JsonValue | undefined): readonly JsonObject[] {
  return listOf(value).filter(isObject);
}

export function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** A text that says something; undefined for '' too. */
export function findText(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function findNumber(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** Absent members and nulls: in every dialect `null` says the same as leaving a member out. */
export function isAbsent(value: JsonValue | undefined): value is undefined | null {
  return value === undefined || value === null;
}

export function findJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

export function findObject(text: string): JsonObject | undefined {
  const value = findJson(text);
  return isObject(value) ? value : undefined;
}

/** The same object without members that are undefined. */
export function present(members: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
