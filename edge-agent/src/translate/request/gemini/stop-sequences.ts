import { listOf, objectOf } from '../../parts/json.ts';
import type { JsonObject } from '../../translation.ts';
import { member } from './member.ts';

export function stopSequences(request: JsonObject): readonly string[] {
  const stops = member(objectOf(member(request, 'generationConfig')), 'stopSequences');
  return listOf(stops).filter((one) => typeof one === 'string');
}
