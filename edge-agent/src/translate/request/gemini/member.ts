import type { JsonObject, JsonValue } from '../../translation.ts';

/** Protobuf JSON takes every name in camel case and in snake case; clients write both. */
export function member(object: JsonObject, name: string): JsonValue | undefined {
  const value = object[name];
  return value === undefined ? object[snakeCase(name)] : value;
}

export function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

export function camelCase(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase());
}
