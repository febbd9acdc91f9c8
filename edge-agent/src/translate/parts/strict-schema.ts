import type { JsonObject, JsonValue } from '../translation.ts';
import { isObject, listOf, objectOf } from './json.ts';

const MAX_DEPTH = 32;

/** OpenAI keeps strictly to a schema only where every object is closed and all its members are required. */
export function isStrictSchema(schema: JsonValue | undefined, depth = 0): boolean {
  if (!isObject(schema)) return true;
  if (depth > MAX_DEPTH || Object.keys(schema).some((name) => unsupported.has(name))) return false;
  if (schema['type'] === 'object' || isObject(schema['properties'])) {
    const names = Object.keys(objectOf(schema['properties']));
    const required = new Set(listOf(schema['required']));
    if (schema['additionalProperties'] !== false || !names.every((name) => required.has(name))) return false;
  }
  return subschemas(schema).every((one) => isStrictSchema(one, depth + 1));
}

const unsupported = new Set([
  'allOf',
  'oneOf',
  'not',
  'if',
  'patternProperties',
  'dependentRequired',
  'dependentSchemas',
  'default',
]);

function subschemas(schema: JsonObject): readonly (JsonValue | undefined)[] {
  const named = [schema['properties'], schema['$defs'], schema['definitions']];
  return [...named.flatMap((one) => Object.values(objectOf(one))), ...listOf(schema['anyOf']), schema['items']];
}
