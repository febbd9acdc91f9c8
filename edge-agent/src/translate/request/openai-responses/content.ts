import type { Dialect } from '@aicarpool/shared-protocol';
import { findText, isAbsent, objectOf, objectsOf, textOf } from '../../parts/json.ts';
import type { JsonObject, JsonValue } from '../../translation.ts';
import { findDataUrl, findMimeType } from '../data-url.ts';
import { formatNames } from '../targets.ts';
import { type Media, NotTranslatable, type Text } from '../turns.ts';

/** What a message or an output of a tool holds: a text, or parts. */
export function readContent(content: JsonValue | undefined, target: Dialect): readonly (Text | Media)[] {
  if (isAbsent(content)) return [];
  if (typeof content === 'string') return content === '' ? [] : [{ kind: 'text', text: content }];
  if (!Array.isArray(content)) return [{ kind: 'text', text: JSON.stringify(content) }];
  return objectsOf(content).flatMap((part) => readPart(part, target));
}

function readPart(part: JsonObject, target: Dialect): readonly (Text | Media)[] {
  const text = findText(part['text']) ?? findText(part['refusal']);
  switch (part['type']) {
    case 'input_text':
    case 'output_text':
    case 'text':
    case 'summary_text':
    case 'refusal':
      return text === undefined ? [] : [{ kind: 'text', text }];
    case 'input_image':
      return [readImage(part, target)];
    case 'input_file':
      return [readFile(part, target)];
    case 'input_audio':
      return [readAudio(objectOf(part['input_audio']))];
    default: {
      const feature = `Content of type \`${textOf(part['type'])}\``;
      throw new NotTranslatable(feature, formatNames[target], 'Take it out of `input`.');
    }
  }
}

function readImage(part: JsonObject, target: Dialect): Media {
  const url = findText(part['image_url']);
  if (url === undefined) throw stored('A picture', target);
  return mediaOf(url, 'image/png', null);
}

function readFile(part: JsonObject, target: Dialect): Media {
  const name = findText(part['filename']) ?? null;
  const guess = (name === null ? undefined : findMimeType(name)) ?? 'application/pdf';
  const data = findText(part['file_data']);
  if (data?.startsWith('data:')) return mediaOf(data, guess, name);
  if (data !== undefined) return { kind: 'media', mimeType: guess, base64: data, url: null, name };
  const url = findText(part['file_url']);
  if (url === undefined) throw stored('A file', target);
  return mediaOf(url, guess, name);
}

function readAudio(audio: JsonObject): Media {
  const mimeType = `audio/${findText(audio['format']) ?? 'wav'}`;
  return { kind: 'media', mimeType, base64: textOf(audio['data']), url: null, name: null };
}

function mediaOf(url: string, otherwise: string, name: string | null): Media {
  const data = findDataUrl(url);
  if (data) return { kind: 'media', mimeType: data.mimeType.toLowerCase(), base64: data.base64, url: null, name };
  return { kind: 'media', mimeType: findMimeType(url) ?? otherwise, base64: null, url, name };
}

function stored(what: string, target: Dialect): NotTranslatable {
  const advice = 'Send it as a data URL or a public https address instead of a `file_id`.';
  return new NotTranslatable(`${what} that is stored at OpenAI`, formatNames[target], advice);
}
