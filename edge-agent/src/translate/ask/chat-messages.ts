import { findJson } from '../parts/json.ts';
import {
  type Conversation,
  type Media,
  NotTranslatable,
  type Result,
  type Text,
  type Turn,
  type TurnPart,
} from '../request/turns.ts';
import type { JsonObject } from '../translation.ts';
import { audioFormat, isPdf, isText, refuseMedia, textOfMedia, urlOf } from './openai-media.ts';
import { settleResults } from './settle-results.ts';

const target = 'OpenAI Chat Completions';

export function chatMessages({ system, turns }: Conversation): readonly JsonObject[] {
  const first = system.length > 0 ? [{ role: 'system', content: system.join('\n\n') }] : [];
  return [
    ...first,
    ...settleResults(turns).flatMap((turn) => (turn.role === 'assistant' ? [assistantMessage(turn)] : userMessages(turn))),
  ];
}

/** A message of a tool holds text only: its pictures follow in the user's name. */
function userMessages({ parts }: Turn): readonly JsonObject[] {
  const results = parts.filter((part) => part.kind === 'result');
  const media = results.flatMap(({ content }) => content.filter((part) => part.kind === 'media'));
  const said = [...media, ...parts.filter((part) => part.kind === 'text' || part.kind === 'media')];
  return [...results.map(toolMessage), ...(said.length > 0 ? [{ role: 'user', content: contentOf(said) }] : [])];
}

function toolMessage({ id, content, isError }: Result): JsonObject {
  const texts = content.flatMap((part) => (part.kind === 'text' ? [part.text] : []));
  const hasMedia = content.length > texts.length;
  const text = texts.join('\n') || (hasMedia ? 'The tool answered with the files in the next message.' : '');
  return { role: 'tool', tool_call_id: id, content: isError ? `Error: ${text}` : text };
}

function contentOf(parts: readonly (Text | Media)[]): string | readonly JsonObject[] {
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

function assistantMessage({ parts }: Turn): JsonObject {
  const text = parts.map((part) => (part.kind === 'text' ? part.text : '')).join('');
  const calls = parts.flatMap(toolCall);
  const details = parts.flatMap((part) => (part.kind === 'thinking' ? reasoningDetails(part.proof) : []));
  return {
    role: 'assistant',
    content: text === '' && calls.length > 0 ? null : text,
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
    ...(details.length > 0 ? { reasoning_details: details } : {}),
  };
}

function toolCall(part: TurnPart): readonly JsonObject[] {
  if (part.kind === 'media')
    throw new NotTranslatable('A picture or file that the model made', target, 'Send it in a turn of the user.');
  if (part.kind !== 'call') return [];
  return [{ id: part.id, type: 'function', function: { name: part.name, arguments: JSON.stringify(part.input) } }];
}

/** Vendors that prove their thinking in Chat Completions do it in a list that goes back as it came. */
function reasoningDetails(proof: string): readonly JsonObject[] {
  const details = findJson(proof);
  return Array.isArray(details) ? (details as readonly JsonObject[]) : [];
}
