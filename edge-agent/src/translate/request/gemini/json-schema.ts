import { isObject, listOf } from '../../parts/json.ts';
import type { JsonObject, JsonValue } from '../../translation.ts';
import { camelCase } from './member.ts';

const numbers = new Set(['minItems', 'maxItems', 'minLength', 'maxLength', 'minProperties', 'maxProperties']);
const MAX_DEPTH = 64;

/**
 * The schema of one of two members: one says JSON Schema, the other Gemini's own. Gemini CLI writes its own kind into
 * the first, and Google takes it.
 */
export function findSchema(json: JsonValue | undefined, own: JsonValue | undefined): JsonObject | undefined {
  if (isObject(json)) return isOwnKind(json) ? jsonSchemaOf(json) : json;
  return isObject(own) ? jsonSchemaOf(own) : undefined;
}

function isOwnKind({ type }: JsonObject): boolean {
  return typeof type === 'string' && type !== type.toLowerCase();
}

/** Gemini's own schema (`type: "OBJECT"`, int64 as text, `nullable`) as JSON Schema. */
export function jsonSchemaOf(schema: JsonObject, depth = 0): JsonObject {
  const found: Record<string, JsonValue> = {};
  for (const [given, value] of Object.entries(schema)) {
    const name = camelCase(given);
    if (value === undefined || value === null || name === 'propertyOrdering' || name === 'nullable') continue;
    found[name] = memberOf(name, value, depth);
  }
  return schema['nullable'] === true ? nullable(found) : found;
}

function memberOf(name: string, value: JsonValue, depth: number): JsonValue {
  if (depth >= MAX_DEPTH) return value;
  if (name === 'type' && typeof value === 'string') return value.toLowerCase();
  if (numbers.has(name) && typeof value === 'string' && value !== '') return Number(value);
  if (name === 'properties' && isObject(value)) {
    const properties = Object.entries(value).map(([key, one]) => [key, isObject(one) ? jsonSchemaOf(one, depth + 1) : one]);
    return Object.fromEntries(properties) as JsonObject;
  }
  if (name === 'anyOf') return listOf(value).map((one) => (isObject(one) ? jsonSchemaOf(one, depth + 1) : one));
  if ((name === 'items' || name === 'additionalProperties') && isObject(value)) return jsonSchemaOf(value, depth + 1);
  return value;
}

function nullable(schema: Readonly<Record<string, JsonValue>>): JsonObject {
  const { type } = schema;
  if (typeof type === 'string') return { ...schema, type: [type, 'null'] };
  return Array.isArray(schema['anyOf']) ? { ...schema, anyOf: [...schema['anyOf'], { type: 'null' }] } : schema;
}
