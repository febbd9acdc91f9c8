import { isObject } from '../../parts/json.ts';
import type { JsonObject } from '../../translation.ts';
import { member } from './member.ts';

/** What a `countTokens` counts: a whole request, or contents alone. */
export function countedRequest(body: JsonObject): JsonObject {
  const whole = member(body, 'generateContentRequest');
  return isObject(whole) ? whole : body;
}
