import { findJson } from '../parts/json.ts';
import { type Conversation, NotTranslatable, type Result, type Turn, type TurnPart } from '../request/turns.ts';
import type { JsonObject } from '../translation.ts';
import { chatContent } from './chat-content.ts';
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
  return [...results.map(toolMessage), ...(said.length > 0 ? [{ role: 'user', content: chatContent(said) }] : [])];
}

function toolMessage({ id, content, isError }: Result): JsonObject {
  const texts = content.flatMap((part) => (part.kind === 'text' ? [part.text] : []));
  const hasMedia = content.length > texts.length;
  const text = texts.join('\n') || (hasMedia ? 'The tool answered with the files in the next message.' : '');
  return { role: 'tool', tool_call_id: id, content: isError ? `Error: ${text}` : text };
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
