import type { Dialect } from '@aicarpool/shared-protocol';
import { findText, isAbsent, isObject, objectOf, objectsOf, textOf } from '../../parts/json.ts';
import type { JsonObject, JsonValue } from '../../translation.ts';
import { findDataUrl, findMimeType } from '../data-url.ts';
import { formatNames } from '../targets.ts';
import { type Media, NotTranslatable, type Text } from '../turns.ts';

/** Content of a message: a text, or parts. */
export function readChatContent(content: JsonValue | undefined, target: Dialect): readonly (Text | Media)[] {
  if (isAbsent(content)) return [];
  if (typeof content === 'string') return content === '' ? [] : [{ kind: 'text', text: content }];
  if (!Array.isArray(content)) return [{ kind: 'text', text: JSON.stringify(content) }];
  const parts: readonly JsonValue[] = content;
  return parts.flatMap((part): readonly (Text | Media)[] => {
    if (typeof part === 'string') return part === '' ? [] : [{ kind: 'text', text: part }];
    return isObject(part) ? readPart(part, target).map((one) => ({ ...one, ...cacheOf(part) })) : [];
  });
}

export function textOfContent(content: JsonValue | undefined, target: Dialect): string {
  return readChatContent(content, target)
    .map((part) => {
      if (part.kind === 'text') return part.text;
      throw new NotTranslatable('A system message that is no text', formatNames[target], 'Say it as text.');
    })
    .join('\n\n');
}

function cacheOf(part: JsonObject): { readonly cacheControl?: JsonObject } {
  return isObject(part['cache_control']) ? { cacheControl: part['cache_control'] } : {};
}

function readPart(part: JsonObject, target: Dialect): readonly (Text | Media)[] {
  switch (part['type']) {
    case 'text':
    case 'refusal': {
      const text = findText(part['text']) ?? findText(part['refusal']);
      return text === undefined ? [] : [{ kind: 'text', text }];
    }
    case 'image_url':
      return [mediaAt(textOf(objectOf(part['image_url'])['url']) || textOf(part['image_url']), 'image/jpeg', null, target)];
    case 'file':
      return [readFile(objectOf(part['file']), target)];
    case 'input_audio':
      return [readAudio(objectOf(part['input_audio']))];
    case 'video_url':
      return [mediaAt(textOf(objectOf(part['video_url'])['url']), 'video/mp4', null, target)];
    default: {
      const feature = `Content of type \`${textOf(part['type']).slice(0, 60)}\``;
      throw new NotTranslatable(feature, formatNames[target], 'Take it out of `messages`.');
    }
  }
}

function readFile(file: JsonObject, target: Dialect): Media {
  const name = findText(file['filename']) ?? null;
  const guess = (name === null ? undefined : findMimeType(name)) ?? 'application/pdf';
  const data = findText(file['file_data']) ?? findText(file['file_url']);
  if (data === undefined) {
    const advice = 'Send it as a data URL in `file_data` instead of a `file_id`.';
    throw new NotTranslatable('A file that is stored at OpenAI', formatNames[target], advice);
  }
  if (isUrl(data)) return mediaAt(data, guess, name, target);
  return { kind: 'media', mimeType: guess, base64: data, url: null, name };
}

function readAudio(audio: JsonObject): Media {
  const mimeType = `audio/${findText(audio['format']) ?? 'wav'}`;
  return { kind: 'media', mimeType, base64: textOf(audio['data']), url: null, name: null };
}

function isUrl(text: string): boolean {
  return ['data:', 'https:', 'http:', 'gs:'].some((scheme) => text.startsWith(scheme));
}

function mediaAt(url: string, otherwise: string, name: string | null, target: Dialect): Media {
  if (url.startsWith('gs:')) {
    const advice = 'Send its bytes as a data URL, or a public https address.';
    throw new NotTranslatable('A file at a `gs:` address', formatNames[target], advice);
  }
  const data = findDataUrl(url);
  if (data) return { kind: 'media', mimeType: data.mimeType.toLowerCase(), base64: data.base64, url: null, name };
  return { kind: 'media', mimeType: findMimeType(url) ?? otherwise, base64: null, url, name };
}

/** An earlier answer that was spoken is named only: it lies at OpenAI. */
export function refuseStoredAudio(message: JsonObject, target: Dialect): void {
  if (!isObject(message['audio'])) return;
  const advice = 'Send its transcript as text instead.';
  throw new NotTranslatable('A spoken answer that is stored at OpenAI', formatNames[target], advice);
}

/** Parts of an assistant's message besides its calls; refusals beside the content are its words, too. */
export function readAssistantContent(message: JsonObject, target: Dialect): readonly (Text | Media)[] {
  const refusal = findText(message['refusal']);
  refuseStoredAudio(message, target);
  const said = readChatContent(message['content'], target);
  const images = objectsOf(message['images']).flatMap((image) => readPart({ ...image, type: 'image_url' }, target));
  return [...said, ...(refusal === undefined ? [] : [{ kind: 'text' as const, text: refusal }]), ...images];
}
