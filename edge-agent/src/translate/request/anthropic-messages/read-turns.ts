import { isObject, listOf, textOf } from '../../parts/json.ts';
import type { Untranslatable } from '../../parts/untranslatable.ts';
import type { JsonObject, JsonValue } from '../../translation.ts';
import { findHistoryText, type Media, readMedia, refuseCitations, searchResultText } from './read-media.ts';

export interface Turn {
  readonly role: 'user' | 'assistant' | 'system';
  readonly blocks: readonly JsonObject[];
}

/** Messages with their contents as blocks. */
export function readTurns(messages: JsonValue | undefined): readonly Turn[] {
  return listOf(messages)
    .filter(isObject)
    .map((message) => ({ role: roleOf(message['role']), blocks: blocksOf(message['content']) }));
}

function roleOf(role: JsonValue | undefined): Turn['role'] {
  return role === 'assistant' || role === 'system' ? role : 'user';
}

function blocksOf(content: JsonValue | undefined): readonly JsonObject[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  return listOf(content).flatMap((block) =>
    isObject(block) ? [block] : typeof block === 'string' ? [{ type: 'text', text: block }] : [],
  );
}

/** What a user says, or a tool gives back: texts, pictures, documents; other blocks are refused by name. */
export function readSaid(blocks: readonly JsonObject[], problems: Untranslatable): readonly Media[] {
  return blocks.flatMap((block): readonly Media[] => {
    const type = textOf(block['type']);
    if (type === 'text') return textMedia(textOf(block['text']));
    if (type === 'image' || type === 'document') return readMedia(block, problems);
    if (type === 'search_result') {
      refuseCitations(block, problems);
      return textMedia(searchResultText(block));
    }
    const history = findHistoryText(block);
    if (history !== undefined) return textMedia(history);
    refuseBlock(type, problems);
    return [];
  });
}

function textMedia(text: string): readonly Media[] {
  return text === '' ? [] : [{ kind: 'text', text }];
}

export function refuseBlock(type: string, problems: Untranslatable): void {
  const how = 'begin a new conversation without it, or ask a model that Anthropic serves.';
  problems.refuse(`A content block of type "${type.slice(0, 60)}"`, how);
}

export interface ToolResult {
  readonly id: string;
  readonly isError: boolean;
  readonly said: readonly Media[];
}

export function readToolResult(block: JsonObject, problems: Untranslatable): ToolResult {
  return {
    id: textOf(block['tool_use_id']),
    isError: block['is_error'] === true,
    said: readSaid(blocksOf(block['content']), problems),
  };
}

export function textsOf(said: readonly Media[]): string {
  return said.flatMap((one) => (one.kind === 'text' ? [one.text] : [])).join('\n');
}

/** OpenAI's formats have no flag for a failed tool: it is said in words, unless the result says so itself. */
export function resultText({ isError, said }: ToolResult): string {
  const text = textsOf(said);
  return isError && !text.slice(0, 40).toLowerCase().includes('error') ? `Error: ${text}` : text;
}
