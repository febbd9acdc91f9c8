import type { Dialect } from '@aicarpool/shared-protocol';
import { findText, isObject, textOf } from '../../parts/json.ts';
import type { JsonObject } from '../../translation.ts';
import { findMimeType } from '../data-url.ts';
import { formatNames } from '../targets.ts';
import { type Media, NotTranslatable } from '../turns.ts';
import { member } from './member.ts';

const googleFiles = /^(gs:|https?:\/\/generativelanguage\.googleapis\.com\/|files\/)/;

/** An `inlineData` or `fileData` part. Files that only Google can open are refused. */
export function readMedia(part: JsonObject, target: Dialect): Media | undefined {
  const blob = member(part, 'inlineData');
  if (isObject(blob)) {
    const name = findText(member(blob, 'displayName')) ?? null;
    return { kind: 'media', mimeType: mimeTypeOf(blob), base64: standardBase64(textOf(blob['data'])), url: null, name };
  }
  const file = member(part, 'fileData');
  if (!isObject(file)) return undefined;
  const url = textOf(member(file, 'fileUri'));
  if (googleFiles.test(url)) {
    throw new NotTranslatable(
      'A file that is stored at Google',
      formatNames[target],
      'Send its bytes as `inlineData`, or a public https address.',
    );
  }
  const mimeType = findText(member(file, 'mimeType')) ?? findMimeType(url) ?? 'image/jpeg';
  return { kind: 'media', mimeType, base64: null, url, name: findText(member(file, 'displayName')) ?? null };
}

function mimeTypeOf(blob: JsonObject): string {
  const whole = findText(member(blob, 'mimeType')) ?? 'application/octet-stream';
  return whole.split(';', 1)[0]?.trim().toLowerCase() ?? whole;
}

/** Protobuf JSON takes base64 in the alphabet of URLs as well. */
function standardBase64(data: string): string {
  return data.replaceAll('-', '+').replaceAll('_', '/');
}
