import { isObject } from '../parts/json.ts';
import type { JsonObject, JsonValue } from '../translation.ts';

const MAX_DEPTH = 64;

/** Structured output demands that every object says that it has no other members; schemas that do not say it mean it. */
export function closedSchema(schema: JsonObject): JsonObject {
  return closed(schema, 0) as JsonObject;
}

function closed(value: JsonValue, depth: number): JsonValue {
  if (depth >= MAX_DEPTH) return value;
  if (Array.isArray(value)) return value.map((one: JsonValue) => closed(one, depth + 1));
  if (!isObject(value)) return value;
  const members = Object.entries(value).map(([name, one]) => [
    name,
    one === undefined || isData(name) ? one : closed(one, depth + 1),
  ]);
  const whole: JsonObject = Object.fromEntries(members);
  const isOpen = value['type'] === 'object' && value['additionalProperties'] === undefined;
  return isOpen ? { ...whole, additionalProperties: false } : whole;
}

/** Values of the schema, not schemas. */
function isData(name: string): boolean {
  return name === 'enum' || name === 'const' || name === 'default' || name === 'examples' || name === 'required';
}
