import type { Dialect } from '@aicarpool/shared-protocol';
import { isAbsent, isObject, objectsOf } from '../../parts/json.ts';
import type { JsonObject, JsonValue } from '../../translation.ts';
import { formatNames } from '../targets.ts';
import { type Media, NotTranslatable, type Result } from '../turns.ts';
import { readMedia } from './media.ts';

/** A `functionResponse`: Gemini's clients wrap plain text as `{output}` or `{result}`, and failures as `{error}`. */
export function readResult(functionResponse: JsonObject, target: Dialect): Pick<Result, 'isError' | 'content'> {
  const response = functionResponse['response'];
  const media = objectsOf(functionResponse['parts']).map((part) => mediaOf(part, target));
  const { text, isError } = textOfResponse(response);
  return { isError, content: [...(text === '' ? [] : [{ kind: 'text' as const, text }]), ...media] };
}

function textOfResponse(response: JsonValue | undefined): { readonly text: string; readonly isError: boolean } {
  if (isAbsent(response)) return { text: '', isError: false };
  if (!isObject(response)) return { text: said(response), isError: false };
  const entries = Object.entries(response);
  const [only] = entries;
  if (entries.length !== 1 || !only || only[1] === undefined) return { text: said(response), isError: false };
  const [name, value] = only;
  if (name === 'error') return { text: said(value), isError: true };
  const isWrapped = name === 'output' || name === 'result';
  return { text: isWrapped ? said(value) : said(response), isError: false };
}

function said(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function mediaOf(part: JsonObject, target: Dialect): Media {
  const media = readMedia(part, target);
  if (media) return media;
  throw new NotTranslatable(
    'A part of a functionResponse that is no inlineData or fileData',
    formatNames[target],
    'Say it in `response`.',
  );
}
