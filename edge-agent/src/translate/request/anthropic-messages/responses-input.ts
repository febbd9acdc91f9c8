import { findText, objectOf, textOf } from '../../parts/json.ts';
import type { Untranslatable } from '../../parts/untranslatable.ts';
import type { JsonObject, JsonValue } from '../../translation.ts';
import { portableName } from '../portable-name.ts';
import { dataUrl, findHistoryText, isPicture, type Media } from './read-media.ts';
import { findBlockProof } from './read-proofs.ts';
import {
  readSaid,
  readToolResult,
  readTurns,
  refuseBlock,
  resultText,
  type ToolResult,
  type Turn,
  textsOf,
} from './read-turns.ts';

export function responsesInput(body: JsonObject, problems: Untranslatable): readonly JsonObject[] {
  return readTurns(body['messages']).flatMap((turn) => {
    if (turn.role === 'assistant') return assistantItems(turn, problems);
    if (turn.role === 'user') return userItems(turn, problems);
    const text = textsOf(readSaid(turn.blocks, problems));
    return text === '' ? [] : [{ type: 'message', role: 'system', content: text }];
  });
}

/** Results first, as they belong to the calls before them. */
function userItems({ blocks }: Turn, problems: Untranslatable): readonly JsonObject[] {
  const results: JsonObject[] = [];
  const parts: JsonObject[] = [];
  for (const block of blocks) {
    if (block['type'] !== 'tool_result') {
      parts.push(...readSaid([block], problems).map(inputPart));
      continue;
    }
    const result = readToolResult(block, problems);
    results.push({ type: 'function_call_output', call_id: result.id, output: resultOutput(result) });
  }
  return parts.length === 0 ? results : [...results, { type: 'message', role: 'user', content: parts }];
}

function resultOutput(result: ToolResult): JsonValue {
  const media = result.said.filter((one) => one.kind !== 'text');
  const text = resultText(result);
  if (media.length === 0) return text;
  const first = text === '' ? [] : [{ type: 'input_text', text }];
  return [...first, ...media.map(inputPart)];
}

function inputPart(media: Media): JsonObject {
  if (media.kind === 'text') return { type: 'input_text', text: media.text };
  if (isPicture(media))
    return { type: 'input_image', image_url: media.kind === 'url' ? media.url : dataUrl(media), detail: 'auto' };
  if (media.kind === 'url') return { type: 'input_file', file_url: media.url };
  return { type: 'input_file', filename: media.name ?? 'document.pdf', file_data: dataUrl(media) };
}

/** In the order in which they came: reasoning stands before the call that it led to. */
function assistantItems({ blocks }: Turn, problems: Untranslatable): readonly JsonObject[] {
  return blocks.flatMap((block): readonly JsonObject[] => {
    const type = textOf(block['type']);
    if (type === 'text') return said(textOf(block['text']));
    if (type === 'thinking' || type === 'redacted_thinking') return reasoningItem(block);
    if (type === 'tool_use') return [callItem(block)];
    const history = findHistoryText(block);
    if (history === undefined) refuseBlock(type, problems);
    return said(history ?? '');
  });
}

function said(text: string): readonly JsonObject[] {
  return text === '' ? [] : [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text }] }];
}

/** Only what OpenAI proved: it cannot read another provider's thinking. */
function reasoningItem(block: JsonObject): readonly JsonObject[] {
  const proof = findBlockProof(block);
  if (proof?.dialect !== 'openai-responses') return [];
  const text = findText(block['thinking']);
  const summary = text === undefined ? [] : [{ type: 'summary_text', text }];
  return [{ type: 'reasoning', summary, encrypted_content: proof.proof }];
}

function callItem(block: JsonObject): JsonObject {
  return {
    type: 'function_call',
    call_id: textOf(block['id']),
    name: portableName(textOf(block['name'])),
    arguments: JSON.stringify(objectOf(block['input'])),
  };
}
