import { objectOf, present, textOf } from '../../parts/json.ts';
import type { Untranslatable } from '../../parts/untranslatable.ts';
import type { JsonObject, JsonValue } from '../../translation.ts';
import { portableName } from '../portable-name.ts';
import { systemTexts } from './check-fields.ts';
import { dataUrl, findHistoryText, isPicture, type Media } from './read-media.ts';
import { findChatReasoning } from './read-proofs.ts';
import { readSaid, readToolResult, readTurns, refuseBlock, resultText, type Turn, textsOf } from './read-turns.ts';

export function chatMessages(body: JsonObject, problems: Untranslatable): readonly JsonObject[] {
  const system = systemTexts(body['system']).join('\n');
  const first: JsonObject[] = system === '' ? [] : [{ role: 'system', content: system }];
  return [...first, ...readTurns(body['messages']).flatMap((turn) => chatTurn(turn, problems))];
}

function chatTurn(turn: Turn, problems: Untranslatable): readonly JsonObject[] {
  if (turn.role === 'assistant') return assistantMessage(turn, problems);
  if (turn.role === 'user') return userMessages(turn, problems);
  const text = textsOf(readSaid(turn.blocks, problems));
  return text === '' ? [] : [{ role: 'system', content: text }];
}

/** Results must stand right behind the calls: they come first, their pictures behind them as the user's. */
function userMessages({ blocks }: Turn, problems: Untranslatable): readonly JsonObject[] {
  const results: JsonObject[] = [];
  const parts: JsonObject[] = [];
  for (const block of blocks) {
    if (block['type'] !== 'tool_result') {
      parts.push(...readSaid([block], problems).map((media) => chatPart(media, problems)));
      continue;
    }
    const result = readToolResult(block, problems);
    const media = result.said.filter((one) => one.kind !== 'text');
    const text = resultText(result);
    const seeBelow = media.length > 0 && text === '' ? 'The result is in the next message.' : text;
    results.push({ role: 'tool', tool_call_id: result.id, content: seeBelow });
    if (media.length > 0) parts.push({ type: 'text', text: `From the result of tool call ${result.id}:` });
    parts.push(...media.map((one) => chatPart(one, problems)));
  }
  return parts.length === 0 ? results : [...results, { role: 'user', content: plain(parts) }];
}

/** One text is said as a plain string, which every vendor takes. */
function plain(parts: readonly JsonObject[]): JsonValue {
  const [only, ...others] = parts;
  return only && others.length === 0 && only['type'] === 'text' ? textOf(only['text']) : parts;
}

function chatPart(media: Media, problems: Untranslatable): JsonObject {
  if (media.kind === 'text') return { type: 'text', text: media.text };
  if (isPicture(media)) return { type: 'image_url', image_url: { url: media.kind === 'url' ? media.url : dataUrl(media) } };
  if (media.kind === 'data') {
    return { type: 'file', file: { filename: media.name ?? 'document.pdf', file_data: dataUrl(media) } };
  }
  problems.refuse('A document by its address', 'send its bytes (source of type base64).');
  return { type: 'text', text: '' };
}

function assistantMessage({ blocks }: Turn, problems: Untranslatable): readonly JsonObject[] {
  const texts: string[] = [];
  const calls: JsonObject[] = [];
  for (const block of blocks) {
    const type = textOf(block['type']);
    if (type === 'text') texts.push(textOf(block['text']));
    else if (type === 'tool_use') calls.push(chatCall(block));
    else if (type !== 'thinking' && type !== 'redacted_thinking') {
      const history = findHistoryText(block);
      if (history === undefined) refuseBlock(type, problems);
      else texts.push(history);
    }
  }
  const content = texts.filter((text) => text !== '').join('');
  const reasoning = findChatReasoning(blocks);
  if (content === '' && calls.length === 0) return [];
  const members = { content: content === '' ? null : content, tool_calls: calls.length === 0 ? undefined : calls };
  return [present({ role: 'assistant', ...members, ...reasoning })];
}

function chatCall(block: JsonObject): JsonObject {
  const args = JSON.stringify(objectOf(block['input']));
  return { id: textOf(block['id']), type: 'function', function: { name: portableName(textOf(block['name'])), arguments: args } };
}
