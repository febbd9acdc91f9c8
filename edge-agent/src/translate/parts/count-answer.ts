import type { AnswerTranslator, JsonObject } from '../translation.ts';
import { JsonEvents } from './json-events.ts';

/** A short answer that holds a number: said once the whole is there. '' where the upstream gave none. */
export function newCountTranslator(
  findCount: (body: JsonObject) => number | undefined,
  say: (count: number) => string,
): AnswerTranslator {
  const events = new JsonEvents();
  let count: number | undefined;
  const read = (found: readonly { readonly data: JsonObject }[]): string => {
    for (const { data } of found) count ??= findCount(data);
    return '';
  };
  return {
    contentType: 'application/json',
    push: (chunk) => read(events.push(chunk)),
    end: () => read(events.end()) + (count === undefined ? '' : say(count)),
  };
}
