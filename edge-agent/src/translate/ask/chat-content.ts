import type { Media, Text } from '../request/turns.ts';
import type { JsonObject } from '../translation.ts';
import { audioFormat, isPdf, isText, refuseMedia, textOfMedia, urlOf } from './openai-media.ts';

const target = 'OpenAI Chat Completions';

/** What is said in one chat message: a single text as a plain string, which every vendor takes. */
export function chatContent(parts: readonly (Text | Media)[]): string | readonly JsonObject[] {
  const [only] = parts;
  if (parts.length === 1 && only?.kind === 'text') return only.text;
  return parts.map((part) => (part.kind === 'text' ? { type: 'text', text: part.text } : mediaPart(part)));
}

function mediaPart(media: Media): JsonObject {
  if (media.mimeType.startsWith('image/')) return { type: 'image_url', image_url: { url: urlOf(media) } };
  if (isText(media)) return { type: 'text', text: textOfMedia(media) };
  if (isPdf(media) && media.base64 !== null) {
    return { type: 'file', file: { filename: media.name ?? 'document.pdf', file_data: urlOf(media) } };
  }
  const format = audioFormat(media);
  if (format === undefined) return refuseMedia(media, target);
  return { type: 'input_audio', input_audio: { data: media.base64, format } };
}
