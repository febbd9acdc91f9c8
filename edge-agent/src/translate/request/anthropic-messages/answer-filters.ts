import type { AnswerFilter } from '../../parts/filters/answer-filter.ts';
import { CallerNames } from '../../parts/filters/caller-names.ts';
import { OneCall } from '../../parts/filters/one-call.ts';
import { StopAt } from '../../parts/filters/stop-at.ts';
import { listOf } from '../../parts/json.ts';
import type { JsonObject } from '../../translation.ts';
import { forbidsParallel, toolNames } from './read-tools.ts';

/**
 * What the caller's request still asks of the answer. Stop sequences are looked for even where the upstream knows them:
 * it does not say which one it met, and a Messages caller is told.
 */
export function answerFilters(request: JsonObject, sequences: readonly string[]): readonly AnswerFilter[] {
  const filters: AnswerFilter[] = [new CallerNames(toolNames(request))];
  if (forbidsParallel(request)) filters.push(new OneCall());
  if (sequences.length > 0) filters.push(new StopAt(sequences));
  return filters;
}

export function stopSequences(request: JsonObject): readonly string[] {
  return listOf(request['stop_sequences']).filter((one) => typeof one === 'string' && one !== '') as readonly string[];
}
