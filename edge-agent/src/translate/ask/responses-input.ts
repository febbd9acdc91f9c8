import { type Media, NotTranslatable, type Result, type Text, type Turn, type TurnPart } from '../request/turns.ts';
import type { JsonObject } from '../translation.ts';
import { isPdf, isText, refuseMedia, textOfMedia, urlOf } from './openai-media.ts';

const target = 'OpenAI Responses';

/** Turns as input items: runs of text and files are one message, calls, results and reasoning are items of their own. */
export function responsesInput(turns: readonly Turn[]): readonly JsonObject[] {
  return turns.flatMap(({ role, parts }) => (role === 'user' ? userItems(parts) : assistantItems(parts)));
}

function userItems(parts: readonly TurnPart[]): readonly JsonObject[] {
  const results = parts.filter((part) => part.kind === 'result');
  const said = parts.filter((part) => part.kind === 'text' || part.kind === 'media');
  const [only] = said;
  const content = said.length === 1 && only?.kind === 'text' ? only.text : said.map(inputPart);
  return [...results.map(outputItem), ...(said.length > 0 ? [{ type: 'message', role: 'user', content }] : [])];
}

function outputItem({ id, content, isError }: Result): JsonObject {
  const [only] = content;
  const isPlain = content.length === 0 || (content.length === 1 && only?.kind === 'text');
  const plain = only?.kind === 'text' ? only.text : '';
  const output = isPlain ? (isError ? `Error: ${plain}` : plain) : content.map(inputPart);
  return { type: 'function_call_output', call_id: id, output };
}

function inputPart(part: Text | Media): JsonObject {
  if (part.kind === 'text') return { type: 'input_text', text: part.text };
  if (part.mimeType.startsWith('image/')) return { type: 'input_image', image_url: urlOf(part), detail: 'auto' };
  if (isText(part)) return { type: 'input_text', text: textOfMedia(part) };
  if (!isPdf(part)) return refuseMedia(part, target);
  if (part.base64 === null) return { type: 'input_file', file_url: part.url ?? '' };
  return { type: 'input_file', filename: part.name ?? 'document.pdf', file_data: urlOf(part) };
}

function assistantItems(parts: readonly TurnPart[]): readonly JsonObject[] {
  const items: JsonObject[] = [];
  let text = '';
  const closeText = (): void => {
    if (text !== '')
      items.push({ type: 'message', role: 'assistant', content: [{ type: 'output_text', text, annotations: [] }] });
    text = '';
  };
  for (const part of parts) {
    if (part.kind === 'text') {
      text += part.text;
      continue;
    }
    closeText();
    items.push(...assistantItem(part));
  }
  closeText();
  return items;
}

function assistantItem(part: TurnPart): readonly JsonObject[] {
  if (part.kind === 'call') {
    return [{ type: 'function_call', call_id: part.id, name: part.name, arguments: JSON.stringify(part.input) }];
  }
  if (part.kind === 'thinking') {
    const summary = part.text === '' ? [] : [{ type: 'summary_text', text: part.text }];
    return [{ type: 'reasoning', summary, encrypted_content: part.proof }];
  }
  if (part.kind !== 'media') return [];
  throw new NotTranslatable('A picture or file that the model made', target, 'Send it in a turn of the user.');
}
